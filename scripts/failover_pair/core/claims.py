"""Makes this node the holder: tries until the alias is here, and takes note of it."""

from __future__ import annotations

from failover_pair.api.errors import ApiError
from failover_pair.api.readings import READING_SECONDS
from failover_pair.claim import ClaimSequence
from failover_pair.claim_commands import Add, Began, Gate, Pause, Take, Tell
from failover_pair.clock import NEVER
from failover_pair.core.carried import goes_on, is_not_carried
from failover_pair.core.commands import Do, Log, Release
from failover_pair.core.last_word import must_have_the_last_word
from failover_pair.core.peer import stays, vrrp_needs
from failover_pair.core.record import claimed, failed, recovered
from failover_pair.core.yielding import step_down
from failover_pair.policy import Claiming, leaves_it

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from failover_pair.api.documents import Server
    from failover_pair.api.readings import Reading
    from failover_pair.claim import Steps as ClaimSteps
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State

    T = TypeVar("T")

RELEASE_SECONDS = 5.0  # between two tries to release VIPs of an earlier configuration


def new_sequence(state: State) -> ClaimSequence:
    claims = state.claims
    one = ClaimSequence(state.config, claims.timing, claims.peer_id, state.chance.pause_after)
    one.now = state.now
    return one


def follow(state: State, sequence: ClaimSequence, steps: ClaimSteps[T]) -> Steps[T]:
    """What the sequence returns when each of its commands was carried out. An error is the sequence's: it may go on
    after it."""
    answer, error = None, None
    while True:
        sequence.now, sequence.latency = state.now, state.facts.latency
        try:
            command = steps.throw(error) if error else steps.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        answer, error = None, None
        if isinstance(command, Began):
            yield from is_not_carried(state)
            continue
        if isinstance(command, Take) or (isinstance(command, Add) and sequence.taken_from):
            yield from must_have_the_last_word(state)
        try:
            answer = yield command
        except Exception as raised:
            error = raised


def known_just_now(state: State) -> tuple[Reading, Reading | None] | None:
    """The two readings if they are new enough; each serves for one try only."""
    readings = state.claims.readings
    own, peer = readings.pop("own", None), readings.pop("peer", None)
    if own is None or any(state.now - one.at > READING_SECONDS / 2 for one in (own, peer) if one):
        return None
    return own, peer


def find_peer(state: State) -> Steps[Server | None]:
    """The peer is the server that has its address: a rebuilt one has another id. None if there is none."""
    sequence = new_sequence(state)
    own, peer = yield from follow(state, sequence, sequence.read_both())
    state.claims.readings.update(own=own, peer=peer)
    return peer and peer.server


def claim(state: State, began: float | None = None) -> Steps[None]:
    """The servers may have been read just now, since `began`. Tries until the alias is here, or this node is not
    MASTER any more, or is carried on because nothing can be changed now."""
    claims, tries, requests = state.claims, 0, state.facts.requests
    began, claims.hurry = began or state.now, False
    if state.carried.by is None:
        yield from is_not_carried(state)
    sequence = new_sequence(state)
    sequence.step("read", began)
    while True:
        yield Gate()
        try:
            changed = yield from follow(state, sequence, sequence.move(known_just_now(state)))
            break
        except ApiError as error:
            tries += 1
            yield from failed(state, error)
            yield from leave_it_to_the_holder(state, sequence)
            if (yield from goes_on(state, sequence, error)):
                return
            yield Pause(state.chance.pause_after(error, tries))
        finally:
            claims.peer_id = sequence.peer_id
    state.dispute.mandate = claims.insist = False
    yield from confirm(state)
    if changed:
        yield from claimed(state, sequence, state.now - began, tries, state.facts.requests - requests)
    state.schedule.check_at = state.dispute.look_after_claimed(state.now)
    yield Do.PUBLISH


def leave_it_to_the_holder(state: State, sequence: ClaimSequence) -> Steps[None]:
    """Two MASTERs, and the other one has the alias."""
    peer, now = state.peer, state.now
    facts = Claiming(
        insists=state.claims.insist,
        yields=state.yielding.on,
        peer_holds=peer.master(now) and peer.told.holder and peer.told.hears,
        taken=sequence.taken_from is not None,
        stays=stays(state),
        peer_master_for=peer.master_for(now),
        master_for=now - state.dispute.promoted_at,
        needs=vrrp_needs(state),
    )
    why = leaves_it(facts)
    if why:
        yield from step_down(state, why.value % {"what": state.config.what})
        yield Gate()


def confirm(state: State) -> Steps[None]:
    """The alias is here, by the cloud's own word."""
    yield from is_not_carried(state)
    yield Tell("self")
    state.role.confirmed, state.role.confirmed_at = True, state.now
    state.dispute.confirmed(state.now, state.claims.claimed_at)
    recovered(state)


def release(state: State) -> Steps[None]:
    claims = state.claims
    claims.release_at = state.now + RELEASE_SECONDS
    sequence = new_sequence(state)
    try:
        own, peer = yield from follow(state, sequence, sequence.read_both())
        if set(claims.former) & set(own.server.aliases):
            yield Release(claims.former, own, peer)
            yield Log("released %s, which this pair does not serve any more" % ", ".join(claims.former))
    except ApiError as error:
        yield from failed(state, error)
    else:
        claims.former, claims.release_at = [], NEVER
        yield Do.PUBLISH
