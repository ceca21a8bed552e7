"""Counters and states as text for Prometheus: node_exporter's textfile collector takes it."""

from __future__ import annotations

from failover_pair.core.peer import hears_vrrp
from failover_pair.journal import label
from failover_pair.vrrp import STATES

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.core.state import State

    Sample = tuple[str, str, float | None]  # suffix of the name, further labels, value
    Metric = tuple[str, str, str, list[Sample]]  # name, kind, what it is

BUCKETS = (0.5, 1, 1.5, 2, 3, 5, 10, 30, 60)


def metrics_text(state: State, believed: dict[str, Any] | None, token_valid: bool | None, turns: int) -> str:
    """believed: whether a failover to this node would be carried."""
    labels = "pair=%s,node=%s" % (label(state.config.pair), label(state.config.node))
    lines = []
    for name, kind, about, samples in of_the_node(state, believed) + of_the_api(state, token_valid, turns):
        lines += ["# HELP failover_pair_%s %s" % (name, about), "# TYPE failover_pair_%s %s" % (name, kind)]
        for suffix, extra, value in samples:
            if value is not None:
                lines.append("failover_pair_%s%s{%s%s} %s" % (name, suffix, labels, extra, float(value)))
    return "\n".join(lines) + "\n"


def plain(value: float | None) -> list[Sample]:
    return [("", "", value)]


def of_the_node(state: State, believed: dict[str, Any] | None) -> list[Metric]:
    role = state.role
    states: list[Sample] = [("", ',state="%s"' % one, role.state == one) for one in STATES]
    agrees = role.confirmed if role.master else None
    would = believed["ok"] if believed and not role.master else None
    carried = state.carried.by is not None if role.master and state.bridged else None
    return [
        ("state", "gauge", "VRRP state: 1 for the one that it is in.", states),
        ("holder_agrees", "gauge", "Whether the cloud has the alias here; only while MASTER.", plain(agrees)),
        ("would_carry", "gauge", "Whether a failover to this node would be carried; only while BACKUP.", plain(would)),
        ("carried", "gauge", "Whether the peer carries packets here; only while MASTER.", plain(carried)),
        ("vrrp_heard", "gauge", "Whether the nodes hear each other's VRRP adverts.", plain(hears_vrrp(state))),
        ("ready", "gauge", "Whether this node serves, or could take over now.", plain(state.ready)),
    ]


def of_the_api(state: State, token_valid: bool | None, turns: int) -> list[Metric]:
    counted, facts = state.record.statistics, state.facts
    failures: list[Sample] = [("", ',cause="%s"' % cause, count) for cause, count in sorted(counted.failures.items())]
    return [
        ("claims_total", "counter", "Aliases moved to this node.", plain(counted.claims)),
        ("claim_failures_total", "counter", "Failed tries and checks by cause.", failures),
        ("claim_seconds", "histogram", "Time of a claim.", histogram(counted.seconds)),
        ("api_requests_total", "counter", "Requests sent to the API.", plain(facts.requests)),
        ("api_requests_left", "gauge", "Requests the project has left this hour.", plain(facts.requests_left)),
        ("token_valid", "gauge", "Whether the API took the token.", plain(token_valid)),
        ("wakeups_total", "counter", "Turns of the agent's loop and beats to the peer.", plain(turns)),
    ]


def histogram(seconds: list[float]) -> list[Sample]:
    found: list[Sample] = [("_bucket", ',le="%s"' % le, sum(1 for one in seconds if one <= le)) for le in BUCKETS]
    return [*found, ("_bucket", ',le="+Inf"', len(seconds)), ("_sum", "", sum(seconds)), ("_count", "", len(seconds))]
