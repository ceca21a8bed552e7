"""Whether a node serves, or could take over: the one definition of "ready"."""

from __future__ import annotations

from failover_pair.api.readings import MOST_ALIASES
from failover_pair.vrrp import LISTENS_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UNWATCHED = (
    "keepalived does not watch %s, so drain and the service's end move nothing: raise "
    "fs.inotify.max_user_instances, then "
    "systemctl restart keepalived"
) % "/run/failover-pair"
# what is not known keeps no node from being ready
UNKNOWN: dict[str, Any] = {
    **dict.fromkeys(("keepalived", "keepalivedFor", "tokenValid", "service", "watched", "room", "apiError")),
    "drained": False,
    "yields": False,
    "serviceFlag": False,
    "refused": {},
    "checks": {},
    "serves": True,
}


def not_ready(facts: dict[str, Any]) -> str | None:
    """Why this node neither serves nor could take over at this moment; None if it does or could. It is the one
    definition of "ready" for `status`, the metrics and `wait-healthy`, and by `status --json` for the operator's
    commands."""
    facts = {**UNKNOWN, **facts}
    state, keepalived = facts["vrrp"], facts["keepalived"]
    master = state == "MASTER"
    listens = facts["keepalivedFor"] is not None and facts["keepalivedFor"] < LISTENS_SECONDS
    refused = "; ".join(
        "keepalived does not run the check %s: %s; then systemctl restart keepalived" % check
        for check in facts["refused"].items()
    )
    failing = ["the check %s fails: %s" % check for check in facts["checks"].items() if check[1] != "good"]
    reasons = [
        (facts["agent"] != "running", "alias-switch is not running"),
        (keepalived not in ("active", "reloading", None), "keepalived is %s" % keepalived),
        (facts["interface"] is None, "no NIC has this node's private address"),
        (facts["tokenValid"] is False, "the API refuses the token"),
        (facts["drained"], "drained: this node refuses to be MASTER"),
        (facts["service"] not in ("active", "reloading", None), "the service is %s" % facts["service"]),
        (not master and facts["yields"], "it leaves the address to the peer, which it does not hear by VRRP"),
        (facts["serviceFlag"], "keepalived was told that the service is down"),
        (failing, "; ".join(failing)),
        (state == "FAULT", "FAULT: a check or the service failed; journalctl -u keepalived"),
        (state not in ("MASTER", "BACKUP", "FAULT"), "keepalived has not told its state yet"),
        (facts["watched"] is False, UNWATCHED),
        (refused, refused),
        (not master and listens, "keepalived only listens for its first 3 s"),
        (not master and facts["room"] is False, "aliases of others leave no room: %d a NIC" % MOST_ALIASES),
        (not master and facts["apiError"], "the API could not be asked: %s" % facts["apiError"]),
        (master and not facts["serves"], "MASTER, alias not here yet: %s" % (facts["apiError"] or "no error")),
    ]
    return next((text for found, text in reasons if found), None)
