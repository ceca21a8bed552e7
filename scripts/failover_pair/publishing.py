"""agent.json for `status` and for the agent's own next start, and metrics.prom for a collector."""

from __future__ import annotations

import json
import os

from failover_pair.clock import LONG_AGO, NEVER
from failover_pair.core.peer import hears_vrrp, peer_says, settled_by
from failover_pair.journal import log
from failover_pair.locks import beat_lock
from failover_pair.metrics import metrics_text
from failover_pair.runfiles import write_atomically
from failover_pair.systemd import notify_systemd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.core.state import State
    from failover_pair.outside import Outside

SECONDS = 60.0  # the age of the files tells whether an agent is at work here


class Publisher:
    def __init__(self, outside: Outside, state: State, lock: int) -> None:
        self.outside, self.state, self.lock = outside, state, lock
        self.at = LONG_AGO
        self.peer_said: object = None
        self.unwritable = False

    @property
    def due(self) -> bool:
        return self.state.now - self.at > SECONDS or self.peer_said != peer_says(self.state)

    @property
    def turns(self) -> int:
        return self.state.record.statistics.wakeups + self.outside.talk.beats

    def publish(self) -> None:
        state, config = self.state, self.state.config
        document = json.dumps(agent_json(state, self.outside, self.turns))
        self.at, self.peer_said = state.now, peer_says(state)
        beat_lock(self.lock)
        try:
            write_atomically(config.run("agent.json"), document)
            write_atomically(config.run("metrics.prom"), self.metrics())
            self.unwritable = False
        except OSError as error:  # a full disk must not stop a claim
            if not self.unwritable:
                log("cannot write to %s: %s" % (config.runDir, error), 4)
            self.unwritable = True
        by = state.carried.by
        role = ", holder" if state.role.confirmed else ", carried by %s" % by if by else ""
        notify_systemd("STATUS=%s%s" % (state.role.state or "unknown", role))

    def metrics(self) -> str:
        journeys = self.outside.journeys
        believed = journeys.believed() if journeys else None
        return metrics_text(self.state, believed, self.outside.api.token_valid, self.turns)


def agent_json(state: State, outside: Outside, turns: int) -> dict[str, Any]:
    journeys = outside.journeys
    return {
        "pid": os.getpid(),
        "wakeups": turns,
        **of_the_node(state),
        **of_the_peer(state),
        **of_the_past(state),
        "journey": journeys and journeys.believed(),  # in peace, of a BACKUP
        "notCarried": journeys and journeys.not_carried,  # the last failover that was not
        "ports": journeys and journeys.questions.ports,
        "tokenValid": outside.api.token_valid,
        "addresses": outside.channel.resolver.known,
    }


def of_the_node(state: State) -> dict[str, Any]:
    role, yielding, follow_at = state.role, state.yielding, state.carried.follow_at
    return {
        "at": state.facts.wall,
        "master": role.master,
        "confirmed": role.confirmed,
        "confirmedAt": role.confirmed_at,  # by the monotonic clock
        "mandate": state.dispute.mandate,
        "promotedAt": role.promoted_at,
        "yields": {"seconds": state.now - yielding.since} if yielding.on else None,
        "carriedBy": state.carried.by,
        "followsIn": follow_at - state.now if follow_at < NEVER else None,
        "vrrp": role.state,
        "since": role.since,
    }


def of_the_peer(state: State) -> dict[str, Any]:
    peer, now = state.peer, state.now
    return {
        "peerKnown": peer.known,
        "hearsVrrp": hears_vrrp(state),
        "settledBy": settled_by(state),
        "peer": peer.told._asdict() if peer.fresh(now) else None,  # what it said last
        "listening": peer.listening(now),
        "otherVersion": peer.other_version(now),
    }


def of_the_past(state: State) -> dict[str, Any]:
    return {
        "lastClaim": state.record.last_claim,
        "lastError": state.record.last_error,
        "vips": state.config.vips + state.claims.former,
        "requestsLeft": state.facts.requests_left,
        "requestsLimit": state.facts.requests_limit,
        "timing": state.claims.timing.save(),
    }
