"""Counters, and their text for Prometheus."""

from __future__ import annotations

import collections

from failover_pair.journal import label
from failover_pair.vrrp import STATES

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.agent import Agent

BUCKETS = (0.5, 1, 1.5, 2, 3, 5, 10, 30, 60)


class Statistics:
    """Counters since the service started, and what node_exporter's textfile collector makes Prometheus' of it."""

    def __init__(self) -> None:
        self.claims = 0
        self.failures: collections.Counter[str] = collections.Counter()
        self.seconds: list[float] = []
        self.wakeups = 0

    def text(self, agent: Agent) -> str:
        labels = "pair=%s,node=%s" % (label(agent.config.pair), label(agent.config.node))
        lines = []

        def metric(name: str, kind: str, about: str, *samples: tuple[str, str, float | None]) -> None:
            lines.extend(["# HELP failover_pair_%s %s" % (name, about), "# TYPE failover_pair_%s %s" % (name, kind)])
            for suffix, extra, value in samples:
                if value is not None:
                    lines.append("failover_pair_%s%s{%s%s} %s" % (name, suffix, labels, extra, float(value)))

        states = [("", ',state="%s"' % state, agent.state() == state) for state in STATES]
        metric("state", "gauge", "VRRP state: 1 for the one that it is in.", *states)
        agrees = None if not agent.master else agent.confirmed
        metric("holder_agrees", "gauge", "Whether the cloud has the alias here; only while MASTER.", ("", "", agrees))
        would = agent.journeys and not agent.master and agent.journeys.believed()
        about = "Whether a failover to this node would be carried; only while BACKUP."
        metric("would_carry", "gauge", about, ("", "", would["ok"] if would else None))
        carried = None if not agent.master or not agent.bridge.on else agent.carried is not None
        metric("carried", "gauge", "Whether the peer carries packets here; only while MASTER.", ("", "", carried))
        metric("vrrp_heard", "gauge", "Whether the nodes hear each other's VRRP adverts.", ("", "", agent.hears_vrrp()))
        metric("ready", "gauge", "Whether this node serves, or could take over now.", ("", "", agent.ready))
        metric("claims_total", "counter", "Aliases moved to this node.", ("", "", self.claims))
        failures = [("", ',cause="%s"' % cause, count) for cause, count in sorted(self.failures.items())]
        metric("claim_failures_total", "counter", "Failed tries and checks by cause.", *failures)
        buckets: list[tuple[str, str, float]] = [
            ("_bucket", ',le="%s"' % le, sum(1 for one in self.seconds if one <= le)) for le in BUCKETS
        ]
        buckets += [("_bucket", ',le="+Inf"', len(self.seconds)), ("_sum", "", sum(self.seconds))]
        metric("claim_seconds", "histogram", "Time of a claim.", *buckets, ("_count", "", len(self.seconds)))
        metric("api_requests_total", "counter", "Requests sent to the API.", ("", "", agent.api.requests))
        metric("api_requests_left", "gauge", "Requests the project has left this hour.", ("", "", agent.api.left))
        metric("token_valid", "gauge", "Whether the API took the token.", ("", "", agent.api.token_valid))
        metric(
            "wakeups_total", "counter", "Turns of the agent's loop and beats to the peer.", ("", "", self.turns(agent))
        )
        return "\n".join(lines) + "\n"

    def turns(self, agent: Agent) -> int:
        return self.wakeups + agent.talk.beats
