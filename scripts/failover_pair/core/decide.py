"""What the agent does next: the table of everything that it waits for, and the one look at it."""

from __future__ import annotations

from failover_pair.api.errors import ApiError
from failover_pair.claim_commands import Demoted
from failover_pair.clock import NEVER
from failover_pair.core.backup import CARRYING_SECONDS, check_token, look_at_belief, note_readiness
from failover_pair.core.carried import is_not_carried
from failover_pair.core.checking import probe, verify
from failover_pair.core.claims import release
from failover_pair.core.commands import AskFor, Do, Log, NicChanged, Promoted, ReadFlag, WatchPeace
from failover_pair.core.following import act_on_mandate, beat
from failover_pair.core.last_word import Superseded, peer_is_awaited_until
from failover_pair.core.peer import leave, speak
from failover_pair.core.record import failed, set_vrrp
from failover_pair.core.two_masters import drop_claim, heard_lower, lower_ended, settle_it
from failover_pair.core.yielding import look_at_yield, promoted_while_yielding, yield_at
from failover_pair.vrrp import STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple

    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State

    Deadline = tuple[str, float, Callable[[State], Steps[None]]]
else:
    from failover_pair.records import NamedTuple

AT_ONCE_SECONDS = 0.1  # after a standstill its first turn
PUT_OFF_SECONDS = 1.0  # a deadline whose handler has left it in the past


class Seen(NamedTuple):
    """What the private NIC shows. MASTER is the node that has the first VIP there."""

    found: bool  # whether a NIC has this node's address
    nic: str  # as the run folder's file `interface` says it
    master: bool


def waiting_for(state: State) -> list[Deadline]:
    """Everything that this node waits for in its situation: (name, time, handler), first things first. The loop sleeps
    until the first of these times and calls the handler of what is due, so it waits for nothing that nothing acts
    upon."""
    schedule, dispute, backup = state.schedule, state.dispute, state.backup
    found: list[Deadline] = [("release", state.claims.release_at, release)]
    if state.yielding.on:
        found.append(("yield", yield_at(state), look_at_yield))
    if not state.role.master:
        found.append(("token", backup.token_at, check_token))
        found.append(("belief", backup.belief_at, look_at_belief))
        found.append(("ready", backup.ready_at, note_readiness))
    else:
        first = peer_is_awaited_until(state)
        found.append(("lower", dispute.lower.ends, lower_ended))
        found.append(("settle", max(first, schedule.settle_at), settle_it))
        found.append(("mandate", first if dispute.mandate else NEVER, act_on_mandate))
        found.append(("beat", max(first, state.carried.beat_at), beat))
        found.append(("verify", max(first, min(schedule.check_at, schedule.verify_at)), verify))
        if dispute.reclaim_at < NEVER and not dispute.reachable:
            found.append(("probe", dispute.probe_at, probe))
    if state.bridged:
        found.append(("journey", state.facts.journey_at, ask_in_peace))
        found.append(("explanation", state.facts.explained_at, explain_journey))
    pushed = schedule.pushed
    return [(name, max(at, pushed.get(name, at)), handler) for name, at, handler in found] if pushed else found


def first_time(deadlines: list[Deadline]) -> float:
    return min([at for _, at, _ in deadlines])


def decide(state: State, seen: Seen | None) -> Steps[float]:
    """One turn: notes what the NIC shows, and does the first thing that is due; the next turn does the next one.
    Returns when that is. seen: None while the NIC cannot be read: such a node is not MASTER."""
    role = state.role
    master = seen is not None and seen.master
    if seen is not None:
        yield from follow_nic(state, seen)
    if master and not role.master and state.yielding.on:
        master = yield from promoted_while_yielding(state)
    if master and not role.master:
        role.master = True
        yield from promoted(state)
        yield from set_vrrp(state, "MASTER")
        yield from speak(state)  # before a claim, which waits for the API
    elif role.master and not master:
        yield from demoted(state)
    if state.bridged:
        yield from watch_peace(state)
    return (yield from act(state))


def watch_peace(state: State) -> Steps[None]:
    """While the peer serves and has the alias, this node asks whether a failover to it would be carried."""
    role = state.role
    on = not role.master and role.vrrp == "BACKUP" and state.facts.told == "peer"
    if on is not state.backup.watches_peace:
        state.backup.watches_peace = on
        yield WatchPeace(on)


def follow_nic(state: State, seen: Seen) -> Steps[None]:
    """A NIC that was detached and attached again is another one for the kernel. With `nopreempt` keepalived before
    2.3.3 never becomes MASTER on it, though it says BACKUP: it has to be started anew."""
    if seen.nic == state.role.nic:
        return
    state.role.nic = seen.nic
    if not seen.found:
        text = "the private NIC has lost %s: failover-pair-nic.service looks after it"
        yield Log(text % state.config.address, 4)
        yield AskFor("nic-lost")
    elif (yield NicChanged(seen.nic)):
        yield Log("the private NIC is another one than keepalived has started with: keepalived is restarted", 4)
        yield AskFor("nic-changed")


def promoted(state: State) -> Steps[None]:
    """A standstill hides when it was: before all that has happened since."""
    facts = state.facts
    at = facts.stood_still_since if facts.now - facts.stood_still_until < AT_ONCE_SECONDS else facts.now
    state.dispute.promoted(at)
    state.role.promoted_at = at
    yield Promoted(at)


def demoted(state: State) -> Steps[None]:
    role = state.role
    role.master = role.confirmed = state.claims.insist = False
    state.dispute.demoted()
    role.drained = yield ReadFlag("drain")
    if state.record.last_error and not state.record.last_error.get("over"):
        state.backup.token_at = state.now  # a claim that was dropped left it: does the API answer?
    yield from is_not_carried(state)
    state.backup.belief_at = state.now + CARRYING_SECONDS if state.bridged else NEVER
    yield Do.PUBLISH
    yield from leave(state)


def act(state: State) -> Steps[float]:
    """Returns when there is something to do again."""
    began, deadlines = state.now, waiting_for(state)
    first = first_time(deadlines)
    if first > began:
        return first
    name, handler = next((name, handler) for name, at, handler in deadlines if at <= began)
    try:
        yield from handler(state)
    except Demoted:
        yield Log("this node is not MASTER any more: the claim is dropped")
    except Superseded:
        yield from drop_claim(state)
    except ApiError as error:
        yield from failed(state, error)
        pause = state.chance.pause_after(error, state.record.failures_in_row)
        state.schedule.check_at = state.now + max(2.0, pause)
    yield from push_on(state, name, began)
    return first_time(waiting_for(state))


def push_on(state: State, name: str, began: float) -> Steps[None]:
    """A handler that leaves its own deadline in the past is a defect: it would be called again at once, and for
    ever."""
    stays_due = any(name == one and at <= began for one, at, _ in waiting_for(state))
    if stays_due and not (yield from was_master(state)):
        yield Log("defect: the deadline %s is still there after its handler" % name, 3)
        state.schedule.pushed[name] = state.now + PUT_OFF_SECONDS


def was_master(state: State) -> Steps[bool]:
    """Whether keepalived has left MASTER since the last look: the next one ends what a MASTER waits for."""
    if not state.role.master:
        return False
    try:
        return not (yield Do.IS_MASTER)
    except OSError:
        return True


def ask_in_peace(state: State) -> Steps[None]:
    if (yield Do.ASK_IN_PEACE):
        yield Do.PUBLISH


def explain_journey(state: State) -> Steps[None]:
    """The peer has not told its counters in time."""
    yield Do.CONCLUDE
    yield Do.PUBLISH


# -- between two turns, also while a claim waits


def on_events(state: State, events: list[str | None]) -> Steps[None]:
    """Everything that keepalived has told at once: a flood costs one look and one line."""
    if ("MASTER" in events and not state.yielding.trying) or "CLAIM" in events:
        yield from promoted(state)
    state.claims.hurry |= "CLAIM" in events
    state.claims.insist |= "CLAIM" in events
    if "MASTER_RX_LOWER_PRI" in events:
        heard_lower(state)
    states = [event for event in events if event in STATES]
    state.backup.doubts_nic |= "FAULT" in states
    if states and states[-1]:
        yield from set_vrrp(state, states[-1])


def hurry(state: State) -> None:
    """SIGHUP."""
    state.claims.hurry, state.schedule.check_at = True, state.now


def token_replaced(state: State) -> Steps[None]:
    hurry(state)
    state.backup.token_at = state.now
    yield Log("the token was replaced")
