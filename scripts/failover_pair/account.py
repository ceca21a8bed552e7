"""What the two nodes tell each other of their counters, as checked values. Pure."""

from __future__ import annotations

import json

from failover_pair import journey, shapes

TYPE_CHECKING = False
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Hints = dict[str, list[str]]  # hook → what may drop a packet there

MOST_HINTS = 400  # bytes


def checked_account(account: object) -> dict[str, Any] | None:
    """What a node tells of its counters, or None if it is not of that kind."""
    try:
        counters = shapes.field(account, "counters", shapes.mapping)
        if set(counters) != set(journey.COUNTERS):
            return None
        counters = {name: shapes.whole(count) for name, count in counters.items()}
        asked, hints = shapes.field(account, "for", shapes.text), shapes.field(account, "suspects", hints_of)
        return {"for": asked, "counters": counters, "suspects": hints}
    except shapes.Odd:
        return None


def hints_of(value: Any) -> Hints:
    """{hook: [text]}"""
    return {shapes.text(hook): shapes.list_of(shapes.text, 100)(texts) for hook, texts in shapes.mapping(value).items()}


def answer_of_bridge(data: bytes) -> tuple[list[str], dict[str, Any]]:
    """What the service `bridge` has sent: (ports that others' rules publish, counters and suspects). Raises Odd."""
    answer = shapes.mapping(shapes.document(data))
    listed = shapes.field(answer, "published", shapes.optional(shapes.list_of(shapes.text, 4096))) or []
    suspects = shapes.field(answer, "suspects", shapes.optional(hints_of)) or {}
    return [port for port in listed if journey.parse_port(port)], {
        "counters": answer.get("counters"),
        "suspects": suspects,
    }


def shortened(hints: Hints) -> Hints:
    """As much of the explanations as fits into a datagram."""
    hints = {hook: list(texts) for hook, texts in hints.items()}
    while hints and len(json.dumps(hints)) > MOST_HINTS:
        longest = max(hints, key=lambda hook: len(json.dumps(hints[hook])))
        hints[longest].pop()
        hints = {hook: texts for hook, texts in hints.items() if texts}
    return hints
