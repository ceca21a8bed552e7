"""A MASTER looks whether the cloud has the alias here, and what it does if not."""

from __future__ import annotations

from failover_pair.claim_commands import ReadOne
from failover_pair.clock import NEVER
from failover_pair.core.carried import BELIEF_SECONDS, is_not_carried
from failover_pair.core.claims import claim, confirm, find_peer
from failover_pair.core.commands import Do, Log
from failover_pair.core.last_word import superseded
from failover_pair.core.peer import stays, vrrp_needs
from failover_pair.core.two_masters import gives_way_to_the_later
from failover_pair.hearing import BEAT_SECONDS
from failover_pair.policy import Kind, Lost, Question

TYPE_CHECKING = False
if TYPE_CHECKING:
    from failover_pair.api.documents import Server
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State
    from failover_pair.policy import Deciding, Verdict

METADATA_SECONDS = 2.0  # while MASTER: no quota, and a strip of the alias, seen by nothing else, is to be over in 5 s
BEHIND_SECONDS = 10.0  # how far it may be behind after a claim
API_CHECK_FACTOR = 20  # times verifySeconds from one check by the API to the next ...
API_ONLY_FACTOR = 10  # ... and this many times without metadata: 1,200 of the 3,600 requests an hour for 100 pairs


def verify(state: State) -> Steps[None]:
    """The metadata service first, as it costs nothing; the API if that says no or nothing, or for a cross-check."""
    config, schedule, at = state.config, state.schedule, state.now
    due = at >= schedule.check_at
    # but not so often while the peer has it on purpose: then each look costs requests
    often = state.dispute.reclaim_at == NEVER and not state.yielding.on
    schedule.verify_at = at + (min(config.verifySeconds, METADATA_SECONDS) if often else config.verifySeconds)
    aliases = yield from ask_metadata(state)
    here = aliases is not None and config.complete(aliases)
    if here:
        schedule.metadata_pause = 0.0
    contradicts = aliases is not None and here == (state.carried.by is not None)
    if not due and not wants_the_api(state, at, contradicts):
        return
    schedule.check_at = NEVER
    schedule.api_due = at + api_pause(state, aliases is not None)
    me: Server = yield ReadOne(config.serverId)
    held = config.complete(me.aliases)
    if state.dispute.edge and (me.locked or not held) and (yield from gives_way_to_the_later(state)):
        return
    if not held:
        yield from lost(state)
        return
    state.dispute.edge = False
    yield from confirm(state)
    if aliases is not None and not here:
        allow_for_lag(state)
    schedule.check_at = state.dispute.look_after_confirmed(at)
    yield Do.PUBLISH


def ask_metadata(state: State) -> Steps[list[str] | None]:
    if state.now < state.schedule.metadata_at:
        return None
    aliases: list[str] | None = yield Do.READ_METADATA
    if aliases is None:
        doubt_metadata(state)
    return aliases


def doubt_metadata(state: State) -> None:
    """No answer, or a wrong one: asked again soon, as it may have been a lost packet, and then more and more rarely."""
    schedule, most = state.schedule, state.config.verifySeconds * API_ONLY_FACTOR
    schedule.metadata_pause = min(most, max(METADATA_SECONDS, schedule.metadata_pause * 2))
    schedule.metadata_at = state.now + schedule.metadata_pause


def allow_for_lag(state: State) -> None:
    """The metadata service is behind. Just after a claim this is not a fault: it counts as one only if it lasts."""
    if state.now - state.claims.claimed_at < BEHIND_SECONDS:
        state.schedule.metadata_at = state.now + METADATA_SECONDS
    else:
        doubt_metadata(state)


def wants_the_api(state: State, at: float, contradicts: bool) -> bool:
    """Nothing else has asked for it: it is asked when the metadata service contradicts, and for a cross-check."""
    if not contradicts and at < state.schedule.api_due:
        return False
    limit, left = state.facts.requests_limit, state.facts.requests_left
    return not (limit and left is not None and left < limit / 10)  # what is left is for claims


def api_pause(state: State, metadata_answers: bool) -> float:
    """Until the next cross-check."""
    every = state.config.verifySeconds
    if state.carried.by is not None:
        return BELIEF_SECONDS if state.carried.follow_at < NEVER else every
    return every * (API_CHECK_FACTOR if metadata_answers else API_ONLY_FACTOR)


def lost(state: State) -> Steps[None]:
    """MASTER, had it, has it no longer."""
    state.role.confirmed = False
    peer = yield from find_peer(state)
    state.claims.peer_id = peer.id if peer else None
    verdict = yield from asked(state.dispute.lost(what_is_lost(state, peer), state.now, state.chance.share), state)
    if verdict.kind is not Kind.CARRIED:
        yield from is_not_carried(state)
    if verdict.kind is not Kind.REPAIR and verdict.kind is not Kind.RECLAIM:
        state.schedule.check_at = min(state.schedule.check_at, verdict.at)
    if verdict.first:
        yield Log("keepalived is dead and left the VIP on the NIC: not claiming", 3)
    elif verdict.kind is Kind.REPAIR:
        yield Log("%s is not here although this node is MASTER: repairing" % state.config.what, 4)
        yield from claim(state)
    elif verdict.kind is Kind.RECLAIM:
        yield from claim(state)
    elif verdict.kind is Kind.GIVE_WAY and peer:
        yield from tell_that_it_gave_way(state, peer)


def what_is_lost(state: State, peer: Server | None) -> Lost:
    return Lost(
        held=bool(peer and state.config.ours(peer.aliases)),
        held_whole=bool(peer and state.config.complete(peer.aliases)),
        peer_off=bool(peer and peer.status == "off"),
        peer_locked=bool(peer and peer.locked),
        carried=state.carried.by is not None,
        yields=state.yielding.on,
        stays=stays(state),
        peer_master_for=state.peer.master_for(state.now),
        superseded=superseded(state),
        settles_in=vrrp_needs(state) + 2 * BEAT_SECONDS,
    )


def asked(deciding: Deciding, state: State) -> Steps[Verdict]:
    """The verdict, when what it asks was answered."""
    answer: tuple[bool, float] | None = None
    while True:
        try:
            question = deciding.send(answer) if answer else next(deciding)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        known: bool = yield question
        answer = known, state.now


def tell_that_it_gave_way(state: State, peer: Server) -> Steps[None]:
    seen = "answers" if state.dispute.reachable else "does not answer"
    text = "%s took %s while this node is MASTER; it %s here: claiming again in %.0f s"
    yield Log(text % (peer.name, state.config.what, seen, state.dispute.reclaim_at - state.now), 4)
    yield Do.PUBLISH


def probe(state: State) -> Steps[None]:
    """As soon as the peer is seen again, VRRP has settled who is MASTER."""
    if state.dispute.probed((yield Question.PEER_ANSWERS), state.now):
        state.schedule.check_at = state.now + 1
