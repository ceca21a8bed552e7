"""A promotion with the alias at the peer: it carries, and the alias follows, or mastership goes back."""

from __future__ import annotations

from failover_pair.api.errors import ApiError
from failover_pair.core.carried import MOST_MISSED, is_carried
from failover_pair.core.claims import claim, find_peer
from failover_pair.core.commands import Answered, Do, Log
from failover_pair.core.record import failed
from failover_pair.core.yielding import lets_go
from failover_pair.policy import gives_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State

ANSWER_SECONDS = 0.05  # for a question's journey


def act_on_mandate(state: State) -> Steps[None]:
    """The peer is read by the API while a question makes its journey through it: a dead peer costs nothing by that.
    Without an answer of the API there is what the metadata service said last, and nothing better could be done
    anyway."""
    bridge = state.config.bridge
    if not bridge or bridge["follow"] == "immediately" or state.claims.insist or state.peer.left(state.now):
        yield from claim(state)
        return
    began = state.now
    yield Do.ASK
    try:
        peer = yield from find_peer(state)
        # locked: another program changes its aliases, perhaps an earlier claim of the former MASTER
        held = peer is not None and not peer.locked and state.config.complete(peer.aliases)
    except ApiError as error:
        yield from failed(state, error)
        peer, held = None, state.facts.told == "peer"
    if held and (yield Answered(began + ANSWER_SECONDS)):
        yield Do.CARRIES
        yield from is_carried(state, peer.name if peer else "the peer")
        return
    if held:
        yield Do.FAILED_OVER
    yield from claim(state, began)


def beat(state: State) -> Steps[None]:
    """While carried: the peer must not die unnoticed."""
    carried, bridge = state.carried, state.config.bridge or {}
    over = state.now >= carried.follow_at  # the last question may have been asked only just now
    carried.missed = 0 if (yield Answered(state.now + ANSWER_SECONDS * over)) else carried.missed + 1
    left = state.peer.left(state.now)
    if over and not carried.missed and not left and (yield from tries_to_give_back(state)):
        return
    if left or carried.missed >= MOST_MISSED or over:
        reason = "shuts down" if left else "does not answer" if carried.missed else "had its time"
        yield Log("%s %s: the alias follows" % (carried.by, reason))
        if carried.missed >= MOST_MISSED:
            yield Do.FAILED_OVER
        yield from claim(state)
        return
    yield Do.ASK
    carried.beat_at = min(state.now + bridge["interval"], carried.follow_at)


def tries_to_give_back(state: State) -> Steps[bool]:
    """False if the alias shall follow."""
    carried, now, bridge = state.carried, state.now, state.config.bridge or {}
    if not gives_back(bridge["graceSeconds"], state.peer.fit_for(now), now - carried.gave_back_at):
        return False
    carried.gave_back_at = now
    yield Log("%s has recovered: it is to be MASTER again" % carried.by)
    return (yield from lets_go(state))
