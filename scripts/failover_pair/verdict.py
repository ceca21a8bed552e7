"""The verdict of `alias-switch status`: one sentence and an exit code. Pure."""

from __future__ import annotations

import time

from failover_pair.api.readings import MOST_ALIASES
from failover_pair.hearing import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OK, WARNING, CRITICAL = 0, 1, 2

UNHEARD = (
    "the nodes do not hear each other's VRRP adverts, and their agents settle who serves: a firewall drops IP "
    "protocol 112; "
    "let it through between the private addresses"
)


def problems(report: dict[str, Any]) -> list[tuple[object, int, str]]:
    """(whether it is there, exit code, sentence), the worst ones first."""
    here = report["node"]
    holder = report["holderByApi"] or report["holderByMetadata"]
    master = report["vrrp"] == "MASTER"
    carried = report["carriedBy"] is not None
    elsewhere = master and holder not in (here, None) and not carried
    sent_here = not master and holder == here
    claiming = report["since"] and time.time() - report["since"] < 10
    journeys = report.get("journey") or {}
    would_fail = journeys.get("ok") is False and not carried
    failing = ["the check %s fails: %s" % check for check in report["checks"].items() if check[1] != "good"]
    failed = "; ".join(failing) or "a check or the service failed; journalctl -u keepalived"
    return [
        (report["interface"] is None, CRITICAL, "no NIC has this node's private address"),
        (report["agent"] != "running", CRITICAL, "alias-switch is not running: a failover would not move the alias"),
        (report["keepalived"] not in ("active", None), CRITICAL, keepalived_text(report)),
        (report["tokenValid"] is False, CRITICAL, "the API refuses the token: alias-switch set-token"),
        (elsewhere and not claiming, CRITICAL, "MASTER, but the cloud sends to: %s" % holder),
        (elsewhere, WARNING, "MASTER, claiming from: %s" % holder),
        (report["service"] not in ("active", None), CRITICAL, "the service is %s" % report["service"]),
        (report["drained"], WARNING, "drained: this node refuses to be MASTER"),
        (report.get("hearsVrrp") is False and not failing, WARNING, UNHEARD),
        (report["vrrp"] == "FAULT", CRITICAL, "FAULT: %s" % failed),
        (failing, WARNING, "%s; keepalived acts when that goes on" % failed),
        (report["vrrp"] in ("unknown", "STOP"), WARNING, "keepalived has not told its state yet"),
        (sent_here and report["carries"] is None, WARNING, "not MASTER, but the cloud still sends here"),
        (sent_here and not report["carries"], CRITICAL, "the cloud sends here, and the peer does not serve either"),
        (guard_text(report) is not None, WARNING, "the guard: %s" % guard_text(report)),
        (report.get("otherVersion"), WARNING, OTHER_VERSION),
        (bridge_text(report) not in ("off", "ready"), WARNING, "the bridge: %s" % bridge_text(report)),
        (would_fail, WARNING, "a failover would not be carried: %s" % journey_text(journeys)),
        (report["apiError"], WARNING, "the API could not be asked: %s" % report["apiError"]),
        (report["room"] is False, WARNING, "aliases of others leave no room for the VIP: %d a NIC" % MOST_ALIASES),
        (report["requestsLeft"] in range(100), WARNING, "%s API requests left this hour" % report["requestsLeft"]),
        (report.get("notReady"), WARNING, str(report.get("notReady"))),
        (report.get("alone"), WARNING, "no redundancy: %s" % report.get("alone")),
    ]


def verdict(report: dict[str, Any]) -> tuple[str, int]:
    """One sentence and the exit code: the worst of what was found first."""
    for found, code, text in problems(report):
        if found:
            return text, code
    master = report["vrrp"] == "MASTER"
    if report["carriedBy"] is not None:
        return "MASTER, and %s carries: the alias follows %s" % (report["carriedBy"], follows(report)), OK
    if not master and (report["holderByApi"] or report["holderByMetadata"]) == report["node"]:
        return "%s, carries to the MASTER" % report["vrrp"], OK
    return "MASTER and holder" if master else "%s, ready to take over" % report["vrrp"], OK


def keepalived_text(report: dict[str, Any]) -> str:
    """2.2.7 does not even start if it refuses a check."""
    refused = ["; it refuses the check %s: %s" % check for check in report.get("refused", {}).items()]
    return "keepalived is %s%s" % (report["keepalived"], "".join(refused))


OTHER_VERSION = (
    "the other node runs another version of FailoverPair, so a failover is claimed and not carried: run `pulumi "
    "up` until "
    "both run the same"
)


def guard_text(report: dict[str, Any]) -> str | None:
    """Why the guard does not keep others away; None if it does."""
    guard = report.get("guard") or {}
    return None if guard.get("ready") else guard.get("problem") or "failover-pair-guard.service does not run"


def bridge_text(report: dict[str, Any]) -> str:
    bridge = report["bridge"]
    if bridge is None:
        return "off"
    return "ready" if bridge.get("ready") else bridge.get("problem") or "failover-pair-bridge.service does not run"


def journey_text(found: dict[str, Any]) -> str:
    return plain(str(found.get("where") or "no answer"))


def follows(report: dict[str, Any]) -> str:
    return "at %s" % when(report["followsAt"]) if report["followsAt"] else "when it is not reachable any more"


def when(stamp: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(stamp)) if stamp else "–"
