"""Begins and ends the time in which the peer has the alias and carries packets to this node, which is MASTER."""

from __future__ import annotations

from failover_pair.clock import NEVER
from failover_pair.core.commands import Do, Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from failover_pair.api.errors import ApiError
    from failover_pair.claim import ClaimSequence
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State

BELIEF_SECONDS = 5.0  # how old a node's knowledge of the holder may be where only the bridge needs it
MOST_MISSED = 3  # questions without an answer are the peer's death, as three adverts are for keepalived


def is_not_carried(state: State) -> Steps[None]:
    carried = state.carried
    carried.by, carried.beat_at, carried.follow_at = None, NEVER, NEVER
    if state.bridged:
        yield Do.FORGET


def is_carried(state: State, by: str) -> Steps[None]:
    """by: the name of the node that carries packets here."""
    carried, bridge = state.carried, state.config.bridge or {}
    state.dispute.mandate = False
    yield Do.ASK
    carried.missed, carried.beat_at = 0, state.now + bridge["interval"]
    state.schedule.check_at, state.schedule.api_due = NEVER, state.now + BELIEF_SECONDS
    if carried.by is None:
        grace = bridge["graceSeconds"] if bridge["follow"] == "afterGrace" else NEVER
        carried.by, carried.follow_at = by, state.now + grace
        when = "after %g s" % grace if grace < NEVER else "when it is not reachable any more"
        yield Log("%s has %s and carries it here; the alias follows %s" % (by, state.config.what, when))
    yield Do.PUBLISH


def goes_on(state: State, claim: ClaimSequence, error: ApiError) -> Steps[bool]:
    """The alias cannot be moved now: it stays where it is, and the peer goes on carrying, for another moment."""
    carried, bridge = state.carried, state.config.bridge or {}
    can = not state.claims.insist and not state.peer.left(state.now) and carried.missed < MOST_MISSED
    if carried.by and claim.taken_from is None and can:
        yield Do.ASK
        carried.follow_at = state.now + max(3.0, state.chance.pause_after(error, 1))
        carried.beat_at = state.now + bridge["interval"]
        return True
    if carried.by:
        yield from is_not_carried(state)
    return False
