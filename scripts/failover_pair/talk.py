"""What the two agents tell each other."""

from __future__ import annotations

import contextlib
import json
import math
import socket
import threading
import time

from failover_pair import clock
from failover_pair.clock import LONG_AGO
from failover_pair.journal import log
from failover_pair.nic import is_master
from failover_pair.vrrp import STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from failover_pair.bridge_client import BridgeClient
    from failover_pair.config import Config
else:
    from failover_pair.records import NamedTuple

Way = tuple[socket.socket, tuple[str, int]]


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
    # of everything that the nodes send each other, the tunnel's packets too; see Talk.PROTOCOL
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


def speaks_otherwise(data: bytes) -> bool:
    """Whether a datagram is of a protocol that this agent does not know: a later one."""
    with contextlib.suppress(ValueError, RecursionError):
        document = json.loads(data.decode("ascii"))
        version = document.get("v") if type(document) is dict else None
        return type(version) is int and version != Talk.VERSION
    return False


def parse_told(data: bytes) -> tuple[float, Told] | None:
    """(when the peer sent it by the peer's clock, Told), or None for a datagram that is not of this protocol. A field
    that is missing has its default and a field that is unknown is skipped, so that two versions understand each
    other."""
    try:
        document = json.loads(data.decode("ascii"))
        if type(document) is not dict or document.get("v") != Talk.VERSION or type(document["sent"]) is not float:
            return None
        fields = {name: document[name] for name in KINDS if name in document}
        numbers = [document["sent"], fields.get("promotedAgo") or 0]
        good = all(type(value) in KINDS[name] for name, value in fields.items())
        if not good or not all(math.isfinite(one) and one >= 0 for one in numbers):
            return None
        if fields.get("state") not in (None, *STATES) or not journey_is_good(fields.get("journey")):
            return None
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return None
    return document["sent"], Told(**fields)


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


class Talk:
    """
    What the two agents tell each other once a second, and at once when it changes: a UDP datagram with JSON, sent to
    the peer's private address and through the tunnel where there is one, so that one of the two paths is enough. A
    thread sends it, for the agent itself may wait several seconds for an answer of the API, and that silence would
    look like its death.

    What the peer says is good for giving way to it. It is never a reason to change an alias: only the API knows those.
    """

    PORT, VERSION, MOST_BYTES, MOST_AT_ONCE = 24788, 1, 1200, 64
    # VERSION: the form of a datagram, which each version reads. PROTOCOL: whether the two nodes carry for each other. 1
    # (told by its absence) sends the tunnel's packets from any port, which 2 drops: between the two a failover is
    # claimed
    PROTOCOL = 2
    BEAT_SECONDS = 1.0
    FRESH_SECONDS = 3.0  # three beats: a peer that was silent for longer has said nothing
    STUCK_SECONDS = 20.0  # an agent that has not spoken for so long is stuck: its thread must not go on for it
    LEFT_SECONDS = 60.0  # a shutdown takes less, and a boot does not end before
    WORDS = (b"leaving", b"fit")  # what an agent says that is older than this protocol, in the tunnel only

    def __init__(self, config: Config, bridge: BridgeClient) -> None:
        self.config = config
        self.facts: dict[str, Any] = {}
        self.spoken_at = LONG_AGO
        self.journey: dict[str, Any] | None = None
        self.promoted_at: float | None = None
        self.peer, self.heard_at, self.sent_at = Told(), LONG_AGO, -1.0
        self.master_since = self.fit_since = self.fit_at = self.left_at = LONG_AGO
        self.known = False  # whether it was ever heard: then it is a member of the pair
        self.beats, self.otherwise_at, self.begun_at = 0, LONG_AGO, clock.now()
        ends = [(config.address, config.peerAddress)] + ([(bridge.own, bridge.peer)] if bridge.on else [])
        self.ways = [(self.listen(own), (peer, self.PORT)) for own, peer in ends]
        self.sockets = [one for one, _ in self.ways]
        self.tunnel = self.ways[1] if bridge.on else None

    def listen(self, address: str) -> socket.socket:
        """The NIC or the tunnel may come later, or come again: the socket is bound to its address all the same."""
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        one.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND, which Python does not name
        try:
            one.bind((address, self.PORT))
        except OSError as error:
            log("the peer cannot be heard at %s, UDP port %d: %s" % (address, self.PORT, error), 4)
        return one

    # -- speaking

    def begin(self) -> None:
        threading.Thread(target=self.keep_beating, daemon=True).start()

    def keep_beating(self) -> None:
        while True:
            time.sleep(self.BEAT_SECONDS)
            if clock.now() - self.spoken_at < self.STUCK_SECONDS:
                self.beat()

    def say(self, **facts: Any) -> None:
        """What holds from now on. Sent at once if it is not what was said before."""
        facts.update(hears=self.fresh, journey=self.journey)
        self.spoken_at, changed, self.facts = clock.now(), facts != self.facts, facts
        if changed:
            self.beat()

    def beat(self) -> None:
        facts = dict(self.facts, v=self.VERSION, protocol=self.PROTOCOL, sent=clock.now())
        facts["promotedAgo"] = self.promoted_ago
        try:
            facts["master"] = facts["master"] and is_master(self.config)  # the agent may not have seen it yet
        except OSError:
            facts["master"] = False
        if facts["journey"] is not None:
            facts["journey"] = {"ok": facts["journey"]["ok"], "where": plain(facts["journey"]["where"] or "")[:240]}
        self.beats += 1
        data = json.dumps(facts).encode()
        if len(data) > self.MOST_BYTES:  # explanations can do without
            data = json.dumps(dict(facts, account=None)).encode()
        self.send(data, self.ways)
        if self.tunnel and not self.fresh:
            for word in self.WORDS:
                if facts[word.decode()]:
                    self.send(word, [self.tunnel])

    @staticmethod
    def send(data: bytes, ways: list[Way]) -> None:
        for one, peer in ways:
            with contextlib.suppress(OSError):
                one.sendto(data, peer)

    # -- hearing

    def hear(self) -> None:
        """Takes in what has arrived, the peer's own only."""
        for one, peer in self.ways:
            with contextlib.suppress(BlockingIOError):
                for _ in range(self.MOST_AT_ONCE):
                    with contextlib.suppress(ConnectionError):
                        data, source = one.recvfrom(self.MOST_BYTES + 1)
                        if source == peer and len(data) <= self.MOST_BYTES:
                            self.take(data, self.tunnel is not None and one is self.tunnel[0])

    def take(self, data: bytes, tunnelled: bool = False) -> None:
        if data in self.WORDS:
            if tunnelled:
                self.take_word(data)
            return
        told = parse_told(data)
        if told is None and speaks_otherwise(data):
            self.otherwise_at = clock.now()
        # each arrives twice, and an older one may come late; after a silence, perhaps a reboot, the peer's clock starts
        # anew
        if told is None or (self.fresh and told[0] <= self.sent_at):
            return
        was_master = self.master
        self.sent_at, self.peer = told
        self.heard_at, self.known = clock.now(), True
        if self.peer.master and not was_master:
            self.master_since = clock.now()
        self.hear_fit(self.peer.fit)
        self.left_at = clock.now() if self.peer.leaving else LONG_AGO

    def take_word(self, word: bytes) -> None:
        if word == b"leaving":
            self.left_at = clock.now()
        else:
            self.hear_fit(True)

    def hear_fit(self, fit: bool) -> None:
        if fit and not self.fit_for:
            self.fit_since = clock.now()
        self.fit_at = clock.now() if fit else LONG_AGO

    @property
    def fresh(self) -> bool:
        """Whether the peer was heard lately. Only then `peer` means anything."""
        return clock.now() - self.heard_at < self.FRESH_SECONDS

    @property
    def listening(self) -> bool:
        """Whether this agent was started just now, so that the peer's silence says nothing yet."""
        return not self.fresh and clock.now() - self.begun_at < self.FRESH_SECONDS

    @property
    def other_version(self) -> bool:
        """Whether the peer runs a version that carries nothing for this one."""
        return (
            self.fresh and self.peer.protocol != self.PROTOCOL
        ) or clock.now() - self.otherwise_at < self.FRESH_SECONDS

    @property
    def master(self) -> bool:
        """Whether the peer says that it is MASTER."""
        return self.fresh and self.peer.master

    @property
    def master_for(self) -> float:
        """For how many seconds the peer has been saying so, from its first word to its last one."""
        return self.heard_at - self.master_since if self.master else 0.0

    @property
    def promoted_ago(self) -> float | None:
        """Seconds since this node's promotion, None for longer than is known."""
        return None if self.promoted_at is None else clock.now() - self.promoted_at

    @property
    def left(self) -> bool:
        """Whether the peer said that it shuts down."""
        return clock.now() - self.left_at < self.LEFT_SECONDS

    @property
    def fit_for(self) -> float:
        """For how many seconds the peer has been saying that it could be MASTER again, without a break."""
        return clock.now() - self.fit_since if clock.now() - self.fit_at < self.FRESH_SECONDS else 0.0
