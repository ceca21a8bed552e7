"""The API's and the metadata service's documents as checked values.

Each function takes whatever an answer held and returns what the agent works with, or raises: `shapes.Odd` for a
document of another shape, which a request makes `ApiError("garbled")`. Pure.
"""

from __future__ import annotations

import contextlib

from failover_pair import shapes
from failover_pair.journal import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from failover_pair.records import NamedTuple

MOST_PAGES = 40  # of 50 entries: 2,000 servers, where a network has room for 100
NUMBERED = ("running", "success", "error")  # the states of an action


class Server(NamedTuple):
    id: int
    name: str
    status: str
    locked: bool
    address: str | None
    aliases: list[str]


class Member(NamedTuple):
    type: str
    id: int
    address: str | None
    aliases: list[str]
    server: Server | None  # None if its details are not known


def is_locked(value: Any) -> bool:
    return value is not None and shapes.boolean(value)


addresses = shapes.list_of(shapes.ipv4, 1000)


def server(document: dict[str, Any], network_id: int) -> Server:
    """A server, with its address and its aliases in this network; None and none if it is not in it."""
    found = shapes.fields(
        document, {"id": shapes.whole, "name": shapes.text, "status": shapes.text, "locked": is_locked}
    )
    address, aliases = None, []
    for net in shapes.field(document, "private_net", shapes.list_of(shapes.mapping, 1000)):
        if shapes.field(net, "network", shapes.whole) == network_id:
            address, aliases = (
                shapes.field(net, "ip", shapes.optional(shapes.ipv4)),
                shapes.field(net, "alias_ips", addresses),
            )
            break
    return Server(**found, address=address, aliases=aliases)


def member(document: dict[str, Any]) -> Member:
    """What is attached to a network: a server, a load balancer or something that is newer than this program."""
    address, aliases = (
        shapes.field(document, "ip", shapes.optional(shapes.ipv4)),
        shapes.field(document, "alias_ips", addresses),
    )
    kinds = {"type": shapes.text, "id": shapes.whole}
    return Member(**shapes.fields(document, kinds), address=address, aliases=aliases, server=None)


def page(document: object, name: str, number: int) -> tuple[list[dict[str, Any]], int | None]:
    """(the entries of a list's page, the number of the next page or None). Pages come to an end: their numbers grow,
    and only the last one may be empty."""
    entries = shapes.field(document, name, shapes.list_of(shapes.mapping, 1000))
    pagination = shapes.field(shapes.field(document, "meta", shapes.mapping), "pagination", shapes.mapping)
    following = shapes.field(pagination, "next_page", shapes.optional(shapes.whole))
    if following is not None and (following != number + 1 or not entries or following > MOST_PAGES):
        raise shapes.Odd("page %d of %s leads to page %d" % (number, name, following))
    return entries, following


def action(document: object) -> dict[str, Any]:
    """{"id", "status"}, with "progress" and "error" as far as they are told."""
    told = shapes.field(document, "action", shapes.mapping)
    found = shapes.fields(told, {"id": shapes.whole, "status": shapes.one_of(*NUMBERED)})
    with contextlib.suppress(shapes.Odd):
        found["progress"] = shapes.field(told, "progress", shapes.whole)
    if found["status"] == "error":
        found["error"] = refusal(told)
    return found


def refusal(document: object) -> dict[str, str | None]:
    """The `error` of a document as {"code", "message"}: words for people, None for what is not told in words."""
    told = document.get("error") if type(document) is dict else None
    told = told if type(told) is dict else {}
    return {name: safe(told[name], 300) if type(told.get(name)) is str else None for name in ("code", "message")}
