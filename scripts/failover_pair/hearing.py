"""What an agent knows of the other one by what that has said. Pure: `now` is given with each datagram and question."""

from __future__ import annotations

import contextlib
import json
import math

from failover_pair.clock import LONG_AGO
from failover_pair.vrrp import STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from failover_pair.records import NamedTuple

# VERSION: the form of a datagram, which each version reads. PROTOCOL: whether the two nodes carry for each other. 1
# (told by its absence) sends the tunnel's packets from any port, which 2 drops: between the two a failover is claimed
VERSION, PROTOCOL = 1, 2
BEAT_SECONDS = 1.0  # an agent speaks so often at least
FRESH_SECONDS = 3.0  # three beats: a peer that was silent for longer has said nothing
LEFT_SECONDS = 60.0  # a shutdown takes less, and a boot does not end before
WORDS = (b"leaving", b"fit")  # what an agent says that is older than this protocol, in the tunnel only


class Told(NamedTuple):
    """What the peer's agent says. A field that its version does not know has the default."""

    state: str | None = None
    master: bool = False
    promotedAgo: int | float | None = None  # seconds; None: longer than this agent knows
    holder: bool = False
    carried: bool = False
    leaving: bool = False
    fit: bool = False
    yields: bool = False
    hears: bool = False
    stays: bool | None = None  # of two MASTERs: that this node is to stay MASTER
    hearsVrrp: bool | None = None
    journey: dict[str, Any] | None = None
    node: str | None = None
    # of everything that the nodes send each other, the tunnel's packets too; see PROTOCOL
    protocol: int | None = None
    asks: str | None = None  # for the account below
    account: dict[str, Any] | None = None  # of the counters on this node: where a journey ends (carrying.py)


KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("master", "holder", "carried", "leaving", "fit", "yields", "hears"), (bool,)),
    **dict.fromkeys(("stays", "hearsVrrp"), (bool, type(None))),
    **dict.fromkeys(("state", "node", "asks"), (str, type(None))),
    **dict.fromkeys(("journey", "account"), (dict, type(None))),
    "promotedAgo": (int, float, type(None)),
    "protocol": (int, type(None)),
}
DEFAULTS = Told()._asdict()


def speaks_otherwise(data: bytes) -> bool:
    """Whether a datagram is of a protocol that this agent does not know: a later one."""
    with contextlib.suppress(ValueError, RecursionError):
        document = json.loads(data.decode("ascii"))
        version = document.get("v") if type(document) is dict else None
        return type(version) is int and version != VERSION
    return False


def is_time(seconds: float) -> bool:
    return math.isfinite(seconds) and seconds >= 0


def parse_told(data: bytes) -> tuple[float, Told] | None:
    """(when the peer sent it by the peer's clock, Told), or None for a datagram that is not of this protocol. A field
    that is missing has its default and a field that is unknown is skipped, so that two versions understand each
    other."""
    try:
        document = json.loads(data.decode("ascii"))
        if type(document) is not dict or document.get("v") != VERSION or type(document["sent"]) is not float:
            return None
        fields = dict(DEFAULTS)
        for name, kinds in KINDS.items():
            if name in document:
                fields[name] = value = document[name]
                if type(value) not in kinds:
                    return None
        if not is_time(document["sent"]) or not is_time(fields.get("promotedAgo") or 0):
            return None
        if fields.get("state") not in (None, *STATES) or not journey_is_good(fields.get("journey")):
            return None
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return None
    return document["sent"], Told._make([fields[name] for name in Told._fields])


FOREVER_SECONDS = 1e9
SAME_TIME_SECONDS = 0.5  # promotions within this time count as one: a datagram has been on its way for a while


def stays_master(own_ago: float | None, peer: Told, lower_address: bool) -> bool:
    """Of two MASTERs, whether this one is to stay: the one that was promoted last, as it has the alias or is taking
    it. own_ago: seconds since the promotion, at the time when the peer was heard. The two must not come to the same
    answer: where the times do not decide, the addresses do, unless the peer has found that the times do."""
    peer_ago = FOREVER_SECONDS if peer.promotedAgo is None else peer.promotedAgo
    later = peer_ago - (FOREVER_SECONDS if own_ago is None else own_ago)
    if abs(later) > SAME_TIME_SECONDS:
        return later > 0
    return not lower_address if peer.stays is lower_address else lower_address


def plain(text: str) -> str:
    """Of others' words what can go to a terminal, and is not longer in JSON."""
    return "".join(one if " " <= one <= "~" else "?" for one in text)


def journey_is_good(journey: dict[str, Any] | None) -> bool:
    return journey is None or (type(journey.get("ok")) is bool and type(journey.get("where")) in (str, type(None)))


class Hearing:
    """The peer, as far as it has spoken. What it says is good for giving way to it, and is never a reason to change an
    alias: only the API knows those."""

    def __init__(self, now: float) -> None:
        self.told, self.heard_at, self.sent_at = Told(), LONG_AGO, -1.0
        self.master_since = self.fit_since = self.fit_at = self.left_at = LONG_AGO
        self.known = False  # whether it was ever heard: then it is a member of the pair
        self.otherwise_at, self.begun_at = LONG_AGO, now
        self.last = b""

    def take(self, data: bytes, now: float, tunnelled: bool = False) -> None:
        if data in WORDS:
            if tunnelled:
                self.take_word(data, now)
            return
        if data == self.last and self.fresh(now):
            return  # its second copy
        self.last = data
        told = parse_told(data)
        if told is None and speaks_otherwise(data):
            self.otherwise_at = now
        # each arrives twice, and an older one may come late; after a silence, perhaps a reboot, the peer's clock starts
        # anew
        if told is None or (self.fresh(now) and told[0] <= self.sent_at):
            return
        was_master = self.master(now)
        self.sent_at, self.told = told
        self.heard_at, self.known = now, True
        if self.told.master and not was_master:
            self.master_since = now
        self.hear_fit(self.told.fit, now)
        self.left_at = now if self.told.leaving else LONG_AGO

    def take_word(self, word: bytes, now: float) -> None:
        if word == b"leaving":
            self.left_at = now
        else:
            self.hear_fit(True, now)

    def hear_fit(self, fit: bool, now: float) -> None:
        if fit and not self.fit_for(now):
            self.fit_since = now
        self.fit_at = now if fit else LONG_AGO

    def fresh(self, now: float) -> bool:
        """Whether the peer was heard lately. Only then `told` means anything."""
        return now - self.heard_at < FRESH_SECONDS

    def listening(self, now: float) -> bool:
        """Whether this agent was started just now, so that the peer's silence says nothing yet."""
        return not self.fresh(now) and now - self.begun_at < FRESH_SECONDS

    def other_version(self, now: float) -> bool:
        """Whether the peer runs a version that carries nothing for this one."""
        return (self.fresh(now) and self.told.protocol != PROTOCOL) or now - self.otherwise_at < FRESH_SECONDS

    def master(self, now: float) -> bool:
        """Whether the peer says that it is MASTER."""
        return self.fresh(now) and self.told.master

    def master_for(self, now: float) -> float:
        """For how many seconds the peer has been saying so, from its first word to its last one."""
        return self.heard_at - self.master_since if self.master(now) else 0.0

    def left(self, now: float) -> bool:
        """Whether the peer said that it shuts down."""
        return now - self.left_at < LEFT_SECONDS

    def fit_for(self, now: float) -> float:
        """For how many seconds the peer has been saying that it could be MASTER again, without a break."""
        return now - self.fit_since if now - self.fit_at < FRESH_SECONDS else 0.0
