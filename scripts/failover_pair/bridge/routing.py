"""The rules of `ip rule` that the bridge needs, and the way there from what is there. Pure."""

from __future__ import annotations

from failover_pair import journey
from failover_pair.bridge.rules import MARK
from failover_pair.guard.rules import MARK_MASK, TUNNEL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROUTES = 24789  # the routing table whose only route is the tunnel
NIC_ROUTES = 24790  # the one whose only route is the private NIC: for stand-ins of VIPs
RULES = 24700  # the preference of the first rule; it and the next ones are ours


def wanted_rules(vips: list[str], nic: str, own: str, holder: str | None, routes_others: bool) -> list[str]:
    """Arguments of `ip rule`, one after the other: the first one that matches decides, after the kernel's own
    addresses."""
    # nftables says the same, but `nft flush ruleset` takes that away
    rest = [] if routes_others else ["iif %s type blackhole" % nic]
    loop = ["iif %s to %s type blackhole" % (TUNNEL, vip) for vip in vips]
    over = ["iif %s to %s lookup %d" % (nic, vip, ROUTES) for vip in vips]
    asked = [
        "iif %s to %s lookup %d" % (nic, journey.STAND_INS, ROUTES),
        "iif lo to %s lookup %d" % (journey.STAND_INS, NIC_ROUTES),
    ]
    marked = ["fwmark 0x%x/0x%x lookup %d" % (MARK, MARK_MASK, ROUTES)]
    own_words = ["iif lo from %s lookup %d" % (own, ROUTES)]
    back = ["iif lo from %s lookup %d" % (vip, ROUTES) for vip in vips if holder != "self"]
    return loop + over + asked + rest + marked + own_words + back


def rule_text(rule: dict[str, Any]) -> str:
    """A rule of `ip -json rule` in the words of wanted_rules."""
    words = ["fwmark %s/%s" % (rule["fwmark"], rule.get("fwmask", "0xffffffff"))] if "fwmark" in rule else []
    words += ["iif %s" % rule["iif"]] if "iif" in rule else []
    words += ["from %s" % rule["src"]] if rule.get("src", "all") != "all" else []
    words += (
        ["to %s" % "/".join(str(rule[name]) for name in ("dst", "dstlen") if name in rule)] if "dst" in rule else []
    )
    # by its value: the field's name is not the same in every iproute2
    return " ".join([*words, "type blackhole" if "blackhole" in rule.values() else "lookup %s" % rule.get("table")])


def rule_lines(present: list[tuple[int, str]], wanted: list[str]) -> list[str]:
    """Lines for `ip -batch`. present: [(preference, text)] in the kernel's order. All are made anew if one is not
    right, but for the last ones, which come and go; what is the same stays, so that no packet finds a gap."""
    lines, at = [], {RULES + i: text for i, text in enumerate(wanted)}
    for preference, text in present:
        if at.get(preference) == text:
            del at[preference]
        else:
            lines.append("rule del pref %d" % preference)
    return lines + ["rule add pref %d %s" % entry for entry in at.items()]
