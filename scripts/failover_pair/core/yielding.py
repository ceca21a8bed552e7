"""How this node stops being MASTER in favour of the peer. policy.py decides whether."""

from __future__ import annotations

from failover_pair.clock import LONG_AGO
from failover_pair.core.commands import Do, Log, SetYield
from failover_pair.core.peer import speak
from failover_pair.hearing import FRESH_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State


def lets_go(state: State) -> Steps[bool]:
    """This node stops being MASTER, for a moment: the peer is then. False if keepalived does not react."""
    try:
        gone: bool = (yield SetYield(1)) and (yield Do.AWAIT_DEMOTION)
    except OSError as error:
        yield Log("cannot read the NIC: %s" % error, 3)
        gone = False
    yield SetYield(0)
    return gone


def step_down(state: State, why: str) -> Steps[None]:
    """Until the peer is not MASTER any more, or is silent."""
    text = "the peer is MASTER as well, and VRRP does not get through: this node steps down, as %s"
    yield Log(text % why, 4)
    state.yielding.start(state.now)
    yield from speak(state)
    if (yield SetYield(1)) and not (yield Do.AWAIT_DEMOTION):
        yield Log("keepalived does not react: this node is still MASTER", 4)
    yield Do.PUBLISH


def yield_at(state: State) -> float:
    """When there is something to decide while this node yields."""
    heard_until = state.peer.heard_at + FRESH_SECONDS if state.peer.told.master else LONG_AGO
    return state.yielding.due(heard_until)


def look_at_yield(state: State) -> Steps[None]:
    yield Do.HEAR  # what was said while this node was frozen, or waited for the API
    yielding, now = state.yielding, state.now
    if not state.peer.master(now) and now >= yielding.until:
        why = "is not MASTER any more" if state.peer.fresh(now) else "is silent"
        yield Log("the peer %s: this node may be MASTER again" % why)
        yield from stop_yielding(state)
    elif yielding.trying:
        yield from end_try(state)
    elif now >= yielding.try_at:
        yielding.try_vrrp(now, state.role.advert_interval)
        yield SetYield(0)


def stop_yielding(state: State) -> Steps[None]:
    state.yielding.stop()
    if state.role.master:
        state.schedule.check_at = state.now  # keepalived has not reacted all that time
    yield SetYield(0)
    yield Do.PUBLISH


def end_try(state: State) -> Steps[None]:
    if state.role.vrrp == "BACKUP" and not (yield Do.IS_MASTER):
        yield Log("the peer's adverts arrive again: VRRP settles who is MASTER")
        yield from stop_yielding(state)
    else:
        yield from yield_again(state)


def promoted_while_yielding(state: State) -> Steps[bool]:
    """VRRP was tried and does not get through, or keepalived has written over its track file. True if this node is
    MASTER now."""
    yield Do.HEAR
    if state.peer.master(state.now) and (yield from yield_again(state)):
        return False
    yield from stop_yielding(state)
    return True


def yield_again(state: State) -> Steps[bool]:
    """False if keepalived does not react."""
    yield SetYield(1)
    state.yielding.go_on(state.now)
    gone: bool = yield Do.AWAIT_DEMOTION
    return gone
