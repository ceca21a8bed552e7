"""When a MASTER claims, waits or gives way. Pure.

`now` is given, and so is chance. A decision that needs a fact which costs time to get is a generator: it yields the
`Question` and is sent the answer and the time.

A MASTER is in one of these states:

Promoted   it was promoted and claims, even if another server has the alias (`mandate`)
Holder     the cloud has said that the alias is here
Carried    the peer has the alias and carries packets here
Lost       it had the alias, and has not: it looks why, and repairs, waits or gives way
Gave way   the peer took the alias, and the two do not hear each other: it claims again at `reclaim_at`
Yields     it is not MASTER, for as long as the peer says that it is (`Yielding`)
"""

from __future__ import annotations

from enum import Enum

from failover_pair.clock import LONG_AGO, NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import NamedTuple

    Deciding = Generator["Question", tuple[bool, float], "Verdict"]
else:
    from failover_pair.records import NamedTuple


JUST_PROMOTED_SECONDS = 10.0  # how late a claim of the former master may still land after ours
WATCH_SECONDS = 6.0  # how long a holder looks closely after another MASTER was heard
ADVERT_SECONDS = 1.2  # within which a MASTER of lower priority is heard, if it is heard at all
FLAPPING_SECONDS = 600.0  # a holder that has kept the alias for so long was not undone
RESTART_SECONDS = 30.0  # within which systemd starts keepalived again
HOPELESS_SECONDS = 4.0  # after which a claim that could not begin is left to a peer that is MASTER and holder
FIT_SECONDS = 10.0  # how long a holder has to be well before it is MASTER again, but no longer than half the grace ...
GAVE_BACK_SECONDS = 600.0  # ... and once in this time: one that fails again and again is not relied upon
TRY_SECONDS = (10.0, 300.0)  # the first pause between two looks whether VRRP works again, and the longest one


class Question(Enum):
    PEER_ANSWERS = "whether the peer answers on the private network"
    KEEPALIVED_IS_DEAD = "whether keepalived of this node has ended"


class Kind(Enum):
    CARRIED = "the peer carries: nothing is lost"
    LATER = "look again at `at`"
    KEEPALIVED_DEAD = "keepalived has left the VIP on the NIC"
    REPAIR = "claim: no server has the alias, or this node was promoted last"
    GIVE_WAY = "the peer took it: claim much later"
    RECLAIM = "claim: the pause is over"


class Verdict(NamedTuple):
    kind: Kind
    at: float = NEVER  # when to look again
    first: bool = False  # KEEPALIVED_DEAD: said for the first time


class Lost(NamedTuple):
    """What is known when the alias is not here although this node is MASTER."""

    held: bool  # the peer has at least one of the VIPs
    held_whole: bool  # it has all of them
    peer_off: bool
    peer_locked: bool
    carried: bool
    yields: bool  # this node leaves the address to the peer, and keepalived does not react
    stays: bool | None  # of two MASTERs that hear each other
    superseded: bool  # the peer was promoted later
    peer_master_for: float
    settles_in: float  # seconds in which the two agents settle it


class LowerAdverts:
    """A series of adverts of a MASTER of lower priority. It gives way now, and may have taken the alias; or it hears
    nothing, as only one direction works, and this goes on until that is mended. So there is a look at the first and
    after the last of them; in between nothing can be settled, and who was promoted last keeps the alias."""

    def __init__(self) -> None:
        self.began = self.at = LONG_AGO
        self.quiet = 1.3  # after how long a silence the series is taken for ended
        self.ends = NEVER

    def heard(self, now: float) -> bool:
        """True for the first one of a series."""
        gap = now - self.at
        if 0.1 < gap < ADVERT_SECONDS:  # as long as the other one's interval between adverts
            self.quiet = gap * 1.1 + 0.05
        first = gap >= ADVERT_SECONDS
        if first:
            self.began = now
        self.at, self.ends = now, now + self.quiet
        return first


class Dispute:
    """What a MASTER knows of another MASTER's claim to the alias."""

    def __init__(self, mandate: bool) -> None:
        """mandate: this node claims, even from another server, until one claim has succeeded."""
        self.mandate = mandate
        self.promoted_at = self.trusted_until = self.watched_until = LONG_AGO
        self.edge = False  # keepalived has just heard another MASTER
        self.undone = 0  # how often the peer took the alias from this node
        self.reclaim_at = self.lost_at = self.probe_at = NEVER
        self.reachable = False
        self.lower = LowerAdverts()

    def promoted(self, now: float) -> None:
        """The last word: who was promoted last claims, once, whatever has been before."""
        self.mandate, self.promoted_at = True, now
        self.undone, self.reclaim_at = 0, NEVER

    def demoted(self) -> None:
        self.mandate = False
        self.undone, self.reclaim_at, self.lower.ends = 0, NEVER, NEVER

    def heard_another(self, now: float) -> None:
        """The other one may be in the middle of a claim: what it has sent still takes effect, a second later."""
        self.trusted_until, self.watched_until = now + JUST_PROMOTED_SECONDS, now + WATCH_SECONDS
        self.undone, self.reclaim_at = 0, NEVER
        self.edge = True

    def confirmed(self, now: float, claimed_at: float) -> None:
        """The alias is here."""
        self.lost_at = self.reclaim_at = self.probe_at = NEVER
        if now - claimed_at > FLAPPING_SECONDS:
            self.undone = 0

    def look_after_confirmed(self, now: float) -> float:
        """When a holder looks again besides its timer."""
        if now < self.watched_until:
            return now + (0.5 if now < self.watched_until - 3.0 else 1.5)
        return now + 3.0 if now - self.promoted_at < JUST_PROMOTED_SECONDS / 2 else NEVER

    def look_after_claimed(self, now: float) -> float:
        """A slow claim of the former master may land after ours."""
        return now + (2.0 if now - self.promoted_at < JUST_PROMOTED_SECONDS else 5.0)

    def lost(self, facts: Lost, now: float, share: Callable[[], float]) -> Deciding:
        """MASTER, had it, has it no longer. On no server: take it. With the peer: it was promoted as well, so no fight.
        share: how much of a pause is waited, by chance."""
        edge, self.edge = self.edge, False
        if facts.carried and not edge and facts.held_whole:
            return Verdict(Kind.CARRIED)
        if facts.yields:
            return Verdict(Kind.LATER)  # the end of it is the next look
        lasting = self.lower.ends < NEVER and not edge
        if lasting and (facts.held or now - self.lower.began < JUST_PROMOTED_SECONDS):
            return Verdict(Kind.LATER)  # the end of the series is the next look
        # what keepalived has just said holds now; a moment later there may be another partition
        age = now - self.promoted_at
        recent = edge or age < JUST_PROMOTED_SECONDS / 2
        if not recent and (age < JUST_PROMOTED_SECONDS or now < self.trusted_until):
            # what a dead node had sent comes soon; a live one that is not heard may have been promoted after this one
            recent, now = yield Question.PEER_ANSWERS
        self.lost_at = min(self.lost_at, now)
        if facts.held and recent and not edge and not facts.peer_off and now - self.lost_at < ADVERT_SECONDS:
            return Verdict(Kind.LATER, now + 0.3)  # if the peer was promoted later, keepalived hears it within that
        dead, now = yield Question.KEEPALIVED_IS_DEAD
        if dead:
            first, self.reclaim_at = self.reclaim_at == NEVER, now + RESTART_SECONDS
            return Verdict(Kind.KEEPALIVED_DEAD, self.reclaim_at, first)
        if facts.stays is False and not edge and facts.peer_master_for < facts.settles_in:
            return Verdict(Kind.LATER, now + 1)  # the two settle it between them, without a claim
        wait = JUST_PROMOTED_SECONDS if facts.peer_locked else 0.0 if recent else 0.3
        if not facts.held and now - self.lost_at < wait:
            return Verdict(Kind.LATER, now + 0.3)  # another MASTER may be moving it to the peer in this moment
        if not facts.held or facts.peer_off or (recent and not self.undone and not facts.superseded):
            self.undone = 1 if facts.held else self.undone
            return Verdict(Kind.REPAIR)
        return (yield from self.against_a_peer(now, share))

    def against_a_peer(self, now: float, share: Callable[[], float]) -> Deciding:
        """Two MASTERs that cannot see each other cannot settle it, and who was promoted last has the alias. But should
        that one be dead by now, it must not keep the alias: hence much later, and not never."""
        if self.reclaim_at == NEVER:
            self.undone += 1
            self.reachable, now = yield Question.PEER_ANSWERS
            most, first = (60.0, 2.0) if self.reachable else (900.0, 60.0)
            self.reclaim_at = now + min(most, first * 2 ** min(self.undone - 1, 10)) * share()
            self.probe_at = now + 2
            return Verdict(Kind.GIVE_WAY, min(self.reclaim_at, now + 60))
        if now >= self.reclaim_at:
            return Verdict(Kind.RECLAIM)
        return Verdict(Kind.LATER, min(self.reclaim_at, now + 60))

    def probed(self, reachable: bool, now: float) -> bool:
        """True if the peer is seen again: VRRP has settled who is MASTER."""
        self.probe_at, self.reachable = now + 2, reachable
        if reachable:
            self.reclaim_at = now + 1
        return reachable


class TwoMasters(NamedTuple):
    """What is known when both nodes say that they are MASTER, and hear each other by their agents."""

    stays: bool | None  # whether this one is to stay
    peer_stays: bool | None  # the peer's own word about itself
    peer_holder: bool
    peer_master_for: float
    master_for: float
    needs: float  # seconds in which VRRP settles it, if it gets through
    confirmed: bool
    carried: bool
    mandate: bool
    yields: bool


class Settled(Enum):
    NOTHING = "VRRP may settle it, or this node stays"
    CLAIM = "the peer is MASTER itself, so it carries nothing here"
    STEP_DOWN = "the peer was promoted later"


def settle(facts: TwoMasters) -> Settled:
    """The one that was promoted first steps down for as long as the other one says that it is MASTER; only from one
    that has the alias, or could take it."""
    if facts.carried and facts.stays and min(facts.peer_master_for, facts.master_for) >= facts.needs:
        return Settled.CLAIM
    if facts.yields or facts.mandate or facts.stays is not False:
        return Settled.NOTHING
    if not facts.peer_stays or facts.peer_master_for < facts.needs:
        return Settled.NOTHING
    # this node serves; the peer is only about to take it
    return Settled.NOTHING if facts.confirmed and not facts.peer_holder else Settled.STEP_DOWN


class Claiming(NamedTuple):
    """What is known when a try of a claim has failed."""

    insists: bool  # the operator wants the alias here
    yields: bool
    peer_holds: bool  # the peer is MASTER and holder, and hears this node
    taken: bool  # the alias was taken from the peer, or may have been
    stays: bool | None
    peer_master_for: float
    master_for: float
    needs: float


class Leaves(Enum):
    PROMOTED_LATER = "it was promoted later"
    CANNOT_TAKE = "it cannot take %(what)s"


def leaves_it(facts: Claiming) -> Leaves | None:
    """Two MASTERs, and the other one has the alias: it serves if this one cannot begin to take it, or was promoted
    first. That may have been in the middle of this claim, which would take the alias away again."""
    if facts.insists or facts.yields or not facts.peer_holds:
        return None
    if facts.stays is False and facts.peer_master_for >= facts.needs:
        return Leaves.PROMOTED_LATER
    return None if facts.taken or facts.master_for < HOPELESS_SECONDS else Leaves.CANNOT_TAKE


def gives_back(grace: float, fit_for: float, last_ago: float) -> bool:
    """The holder failed and has recovered, by itself or by an operator: mastership goes back to where the alias is,
    which needs no change by the API. A drained node is not fit. last_ago: since this node gave it back before."""
    return fit_for >= max(1.0, min(FIT_SECONDS, grace / 2)) and last_ago >= GAVE_BACK_SECONDS


class Yielding:
    """This node leaves the address to the peer, which it does not hear by VRRP."""

    def __init__(self) -> None:
        self.on = False
        self.since = self.until = LONG_AGO  # since when, and until when at least
        self.try_at = NEVER  # when VRRP is tried again
        self.trying_until = NEVER  # until when it is being tried

    @property
    def trying(self) -> bool:
        return self.trying_until < NEVER

    def start(self, now: float, least: float = 0.0) -> None:
        self.on, self.since, self.until = True, now, now + least
        self.try_at = now + TRY_SECONDS[0]

    def stop(self) -> None:
        self.on, self.try_at, self.trying_until = False, NEVER, NEVER

    def due(self, peer_heard_until: float) -> float:
        """When there is something to decide."""
        return self.trying_until if self.trying else min(max(peer_heard_until, self.until), self.try_at)

    def try_vrrp(self, now: float, advert_interval: float) -> None:
        """Whether adverts arrive again shows only when keepalived listens to them as BACKUP: if none come it is MASTER
        after three of them, and steps down again before the agent does anything."""
        self.trying_until = now + 4 * advert_interval + 0.5

    def go_on(self, now: float) -> None:
        """VRRP does not get through yet: tried again at the latest after a quarter of the time that the block lasts."""
        first, most = TRY_SECONDS
        self.trying_until, self.try_at = NEVER, now + min(most, max(first, (now - self.since) / 4))
