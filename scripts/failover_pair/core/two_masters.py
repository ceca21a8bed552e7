"""Both nodes are MASTER: what the one does that has heard the other. policy.settle decides."""

from __future__ import annotations

from failover_pair.clock import NEVER
from failover_pair.core.carried import is_not_carried
from failover_pair.core.claims import claim
from failover_pair.core.commands import Log
from failover_pair.core.peer import stays, vrrp_needs
from failover_pair.core.yielding import lets_go, step_down
from failover_pair.policy import RESTART_SECONDS, Question, Settled, TwoMasters, settle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State


def settle_it(state: State) -> Steps[None]:
    """They hear each other by their agents, but not by VRRP."""
    state.schedule.settle_at = NEVER
    decided = settle(two_masters(state))
    if decided is Settled.CLAIM:
        yield Log("%s is MASTER itself, so it carries nothing here: the alias follows" % state.carried.by)
        yield from is_not_carried(state)
        yield from claim(state)
    elif decided is Settled.STEP_DOWN and (yield Question.KEEPALIVED_IS_DEAD):
        # it cannot step down; systemd starts it again, which takes the VIP away
        state.schedule.pushed["settle"] = state.now + RESTART_SECONDS
    elif decided is Settled.STEP_DOWN:
        yield from step_down(state, "it was promoted later")


def two_masters(state: State) -> TwoMasters:
    peer = state.peer
    return TwoMasters(
        stays=stays(state),
        peer_stays=peer.told.stays,
        peer_holder=peer.told.holder,
        peer_master_for=peer.master_for(state.now),
        master_for=state.now - state.dispute.promoted_at,
        needs=vrrp_needs(state),
        confirmed=state.role.confirmed,
        carried=state.carried.by is not None,
        mandate=state.dispute.mandate,
        yields=state.yielding.on,
    )


def heard_lower(state: State) -> None:
    """keepalived heard a MASTER of lower priority."""
    if state.dispute.lower.heard(state.now):
        watch(state)


def lower_ended(state: State) -> Steps[None]:
    state.dispute.lower.ends = NEVER
    watch(state)
    yield from ()


def watch(state: State) -> None:
    state.dispute.heard_another(state.now)
    state.schedule.check_at = state.now


def gives_way_to_the_later(state: State) -> Steps[bool]:
    """Two MASTERs hear each other again, after a partition or a freeze of this node. VRRP lets the one of higher
    priority stay, which is this one; but the other one was promoted later, so it has the alias, or is taking it.
    It stays MASTER instead: then nothing has to move back. False if this node is the one that was promoted
    later."""
    if state.dispute.mandate:
        return False
    what = state.config.what
    yield Log("the peer was promoted later and takes %s, or has it: this node steps down" % what)
    return (yield from lets_go(state))


def drop_claim(state: State) -> Steps[None]:
    """The peer is MASTER, and the two settle it; or VRRP has ended that, and this node gives way."""
    yield Log("the peer was promoted later and has %s: the claim is dropped" % state.config.what, 4)
    state.dispute.mandate = False
    yield from is_not_carried(state)
    if state.peer.master(state.now):
        state.schedule.check_at = state.now + 1
    else:
        watch(state)
