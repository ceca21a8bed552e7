"""The node that was promoted last has the alias, so a claim that another promotion has overtaken takes nothing.

A claim lasts for seconds, and a node may stand still for longer. So what was decided before is looked at again before
each change: by what the peer says, and after a standstill by what it says then.
"""

from __future__ import annotations

from failover_pair.claim_commands import Gate, Pause
from failover_pair.clock import LONG_AGO
from failover_pair.core.commands import Do
from failover_pair.core.peer import promoted_first
from failover_pair.hearing import BEAT_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State

ANSWER_SECONDS = BEAT_SECONDS + 0.2  # within which a peer that is heard at all has said something
STEP_SECONDS = 0.05
COUNTS_SECONDS = 30.0  # for so long a standstill may explain that the peer is promoted, or was


class Superseded(Exception):
    """The peer was promoted later: the claim does not count any more."""


def peer_is_awaited_until(state: State) -> float:
    """After a standstill this node acts upon nothing before the peer has spoken, or would have."""
    stood_still = state.facts.stood_still_until
    return LONG_AGO if state.peer.heard_at >= stood_still else stood_still + ANSWER_SECONDS


def must_have_the_last_word(state: State) -> Steps[None]:
    """Before a change that takes the alias from the peer, or keeps it."""
    yield Do.HEAR
    if state.now < peer_is_awaited_until(state):
        while state.now < peer_is_awaited_until(state):
            yield Pause(STEP_SECONDS)
        yield Gate()
    if superseded(state):
        raise Superseded


def superseded(state: State) -> bool:
    """Whether another node was promoted after this one, and serves, or could. A standstill may have hidden it, and VRRP
    may have ended it since by its priority."""
    if state.claims.insist:
        return False
    stood_still = stood_still_since_its_promotion(state)
    if stood_still and state.dispute.edge:
        return True
    told = state.peer.told
    backup = told.state == "BACKUP" and (stood_still or state.dispute.edge)
    return state.peer.fresh(state.now) and (told.master or backup) and promoted_first(state)


def stood_still_since_its_promotion(state: State) -> bool:
    until = state.facts.stood_still_until
    return state.now - until < COUNTS_SECONDS and until > state.dispute.promoted_at
