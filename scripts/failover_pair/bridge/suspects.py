"""What other people's firewall rules tell: which ports they publish, and which of them may end a journey. Pure.

They explain and find, they decide nothing: whether the peer carries is told by the journey alone.
"""

from __future__ import annotations

import ipaddress

from failover_pair.bridge import rules as bridge_rules
from failover_pair.guard import rules as guard_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

OURS = (("ip", bridge_rules.TABLE), ("ip", guard_rules.TABLE))
MOST = 3  # for each hook: the answer has to fit into one datagram


def of_kind(ruleset: dict[str, Any], kind: str, families: tuple[str, ...] = ("ip", "inet")) -> list[dict[str, Any]]:
    """The chains or rules of others in `nft -json list ruleset`."""
    found = [entry[kind] for entry in ruleset.get("nftables", []) if kind in entry]
    return [one for one in found if one.get("family") in families and (one["family"], one["table"]) not in OURS]


def names(chain: dict[str, Any]) -> str:
    return "%s %s %s" % (chain["family"], chain["table"], chain.get("name") or chain.get("chain"))


def targets(rule: dict[str, Any]) -> Iterator[str]:
    """The chains that a rule goes on to."""
    for step in rule.get("expr", []):
        for verb in ("jump", "goto"):
            if isinstance(step, dict) and isinstance(step.get(verb), dict):
                yield step[verb].get("target")


def refuses(rule: dict[str, Any]) -> str | None:
    return next((verb for step in rule.get("expr", []) for verb in ("drop", "reject") if verb in step), None)


def reachable(start: dict[str, Any], rules: list[dict[str, Any]]) -> list[str]:
    """A base chain and the chains of its table that it goes on to."""
    found, waiting = [], [start["name"]]
    while waiting:
        name = waiting.pop(0)
        found.append(name)
        for rule in rules:
            if (rule["family"], rule["table"], rule["chain"]) == (start["family"], start["table"], name):
                waiting += [target for target in targets(rule) if target not in found + waiting]
    return found


def suspects(ruleset: dict[str, Any]) -> dict[str, list[str]]:
    """hook → what may drop a packet there: ["chain ip filter FORWARD drops by default"]."""
    chains, rules, found = of_kind(ruleset, "chain"), of_kind(ruleset, "rule"), dict[str, list[str]]()
    for chain in chains:
        if "hook" not in chain:
            continue
        texts = found.setdefault(chain["hook"], [])
        if chain.get("policy") == "drop":
            texts.append("chain %s drops by default" % names(chain))
        for name in reachable(chain, rules):
            mine = [rule for rule in rules if names(rule) == names({**chain, "name": name})]
            for verb in sorted({found_verb for found_verb in map(refuses, mine) if found_verb}):
                texts.append("chain %s has a rule that %ss" % (names({**chain, "name": name}), verb))
    return {hook: texts[:MOST] for hook, texts in found.items() if texts}


def concerns(rule: dict[str, Any], addresses: list[str]) -> bool:
    """Whether a rule is for one of these addresses, as far as it names a destination address."""
    for step in rule.get("expr", []):
        match = step.get("match", {}) if isinstance(step, dict) else {}
        left = match.get("left", {})
        field = left.get("payload", {}) if isinstance(left, dict) else {}
        if (field.get("protocol"), field.get("field"), match.get("op")) == ("ip", "daddr", "=="):
            return any(inside(address, match.get("right")) for address in addresses)
    return True


def inside(address: str, right: object) -> bool:
    if isinstance(right, dict) and "set" in right:
        return any(inside(address, one) for one in right["set"])
    if isinstance(right, dict) and "prefix" in right:
        right = "%s/%s" % (right["prefix"].get("addr"), right["prefix"].get("len"))
    try:
        return ipaddress.IPv4Address(address) in ipaddress.IPv4Network(right, strict=False)
    except (ValueError, TypeError):
        return False


def ports_of(rule: dict[str, Any]) -> Iterator[str]:
    """The single ports that a rule names as destination: ["80/tcp"]."""
    for step in rule.get("expr", []):
        match = step.get("match", {}) if isinstance(step, dict) else {}
        left = match.get("left", {})
        field = left.get("payload", {}) if isinstance(left, dict) else {}
        if field.get("field") == "dport" and field.get("protocol") in ("tcp", "udp") and match.get("op") == "==":
            right = match.get("right")
            right = right["set"] if isinstance(right, dict) and "set" in right else [right]
            yield from ("%d/%s" % (one, field["protocol"]) for one in right if isinstance(one, int))


def translates(rule: dict[str, Any]) -> bool:
    """By nftables' own word, by iptables' target, or by what this nft cannot show of iptables."""
    steps = [step for step in rule.get("expr", []) if isinstance(step, dict)]
    return any(
        "dnat" in step
        or "redirect" in step
        or ("xt" in step and (step["xt"] or {}).get("name") in (None, "DNAT", "REDIRECT"))
        for step in steps
    )


def published(ruleset: dict[str, Any], addresses: list[str]) -> list[str]:
    """The ports of these addresses that others' rules give to something else, a container for one: ["8080/tcp"]."""
    rules, found = of_kind(ruleset, "rule"), set[str]()
    for chain in of_kind(ruleset, "chain"):
        if chain.get("type") == "nat" and chain.get("hook") == "prerouting":
            chain_names = set(reachable(chain, rules))
            for rule in rules:
                same = (rule["family"], rule["table"]) == (chain["family"], chain["table"])
                if same and rule["chain"] in chain_names and translates(rule) and concerns(rule, addresses):
                    found.update(ports_of(rule))
    return sorted(found)
