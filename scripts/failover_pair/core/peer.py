"""What the two agents know of each other, and what this one says."""

from __future__ import annotations

import ipaddress

from failover_pair.core.commands import Do, Say
from failover_pair.hearing import stays_master

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State


def stays(state: State) -> bool | None:
    """Of two MASTERs that hear each other, whether this one is to stay MASTER."""
    peer = state.peer
    if not state.role.master or not peer.master(state.now) or not peer.told.hears:
        return None
    return not promoted_first(state)


def promoted_first(state: State) -> bool:
    """Whether the peer's last promotion was after this node's."""
    config, peer, promoted_at = state.config, state.peer, state.role.promoted_at
    lower = ipaddress.IPv4Address(config.address) < ipaddress.IPv4Address(config.peerAddress)
    own_ago = None if promoted_at is None else peer.heard_at - promoted_at
    return not stays_master(own_ago, peer.told, lower)


def vrrp_needs(state: State) -> float:
    """Seconds in which VRRP settles which of two MASTERs stays, if it gets through: an advert of each, and some to
    spare."""
    return 2 * state.role.advert_interval + 1.0


def hears_vrrp(state: State) -> bool | None:
    """Whether the nodes hear each other by VRRP; None if it cannot be told. A MASTER hears nothing, its BACKUP does."""
    role, peer, now = state.role, state.peer, state.now
    if state.yielding.on:
        return False
    if not role.master:
        # vrrp_startup_delay, and the three adverts after which a BACKUP becomes MASTER
        settled = now - role.state_at > 3.0 + 4 * role.advert_interval
        return True if role.vrrp == "BACKUP" and settled else None
    if not peer.fresh(now):
        return None
    if peer.told.yields or (peer.master(now) and peer.master_for(now) >= vrrp_needs(state)):
        return False
    return peer.told.hearsVrrp


def settled_by(state: State) -> str | None:
    """What keeps the two from both being MASTER."""
    yields = state.role.master and state.peer.fresh(state.now) and state.peer.told.yields
    if state.yielding.on or yields:
        return "talk"
    return "vrrp" if hears_vrrp(state) else None


def peer_says(state: State) -> object:
    """What is read of the peer's words in agent.json, so that they are written there as soon as they change."""
    told = state.peer.told
    return (told.master, told.state, told.yields) if state.peer.fresh(state.now) else state.peer.listening(state.now)


def speak(state: State) -> Steps[None]:
    """What the peer is to know of this node; a change is sent at once."""
    hears = hears_vrrp(state)
    yield Say(said(state, hears))
    if hears != state.role.told_vrrp:
        state.role.told_vrrp = hears
        yield Do.PUBLISH


def said(state: State, hears: bool | None) -> dict[str, Any]:
    role = state.role
    fit = state.bridged and state.facts.told == "self" and role.vrrp == "BACKUP" and not role.drained
    return {
        "node": state.config.node,
        "state": role.state,
        "master": role.master,
        "holder": role.confirmed,
        "carried": state.carried.by is not None,
        "leaving": role.leaving,
        "fit": fit and not role.master,
        "yields": state.yielding.on,
        "stays": stays(state),
        "hearsVrrp": hears,
    }


def heard(state: State) -> None:
    """The peer has said something."""
    if state.carried.by and state.peer.left(state.now):
        state.carried.beat_at = state.now
    if state.role.master and state.peer.master(state.now):
        state.schedule.settle_at = state.now


def leave(state: State) -> Steps[None]:
    """This node shuts down: for as long as it can still carry, the peer had better claim."""
    if state.bridged and (yield Do.SYSTEM_STOPS):
        state.role.leaving = True
        yield from speak(state)
        yield Do.BEAT
        yield Do.BEAT
