"""The sockets of the two agents' talk, and the thread that speaks. hearing.py has what was heard."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time

from failover_pair import clock
from failover_pair.clock import LONG_AGO
from failover_pair.hearing import BEAT_SECONDS, PROTOCOL, VERSION, WORDS, Hearing, plain
from failover_pair.journal import log
from failover_pair.nic import is_master

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.bridge_client import BridgeClient
    from failover_pair.config import Config
    from failover_pair.standstill import Standstill

Way = tuple[socket.socket, tuple[str, int]]


class Talk:
    """
    What the two agents tell each other once a second, and at once when it changes: a UDP datagram with JSON, sent to
    the peer's private address and through the tunnel where there is one, so that one of the two paths is enough. A
    thread sends it, for the agent itself may wait several seconds for an answer of the API, and that silence would
    look like its death.
    """

    PORT, MOST_BYTES, MOST_AT_ONCE = 24788, 1200, 64
    STUCK_SECONDS = 20.0  # an agent that has not spoken for so long is stuck: its thread must not go on for it

    def __init__(self, config: Config, bridge: BridgeClient, standstill: Standstill) -> None:
        self.config, self.standstill = config, standstill
        self.facts: dict[str, Any] = {}
        self.spoken_at = LONG_AGO
        self.journey: dict[str, Any] | None = None
        self.promoted_at: float | None = None
        self.heard, self.beats = Hearing(clock.now()), 0
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

    def promoted(self, at: float) -> None:
        self.promoted_at = at

    def begin(self) -> None:
        threading.Thread(target=self.keep_beating, daemon=True).start()

    def keep_beating(self) -> None:
        while True:
            self.standstill.waits("talk", BEAT_SECONDS)
            time.sleep(BEAT_SECONDS)
            self.goes_on()

    def goes_on(self) -> None:
        self.standstill.goes_on("talk")
        if clock.now() - self.spoken_at < self.STUCK_SECONDS:
            self.beat()

    def say(self, **facts: Any) -> None:
        """What holds from now on. Sent at once if it is not what was said before."""
        facts.update(hears=self.heard.fresh(clock.now()), journey=self.journey)
        self.spoken_at, changed, self.facts = clock.now(), facts != self.facts, facts
        if changed:
            self.beat()

    def beat(self) -> None:
        facts = dict(self.facts, v=VERSION, protocol=PROTOCOL, sent=clock.now())
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
        if self.tunnel and not self.heard.fresh(clock.now()):
            for word in WORDS:
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
            for _ in range(self.MOST_AT_ONCE):
                try:
                    data, source = one.recvfrom(self.MOST_BYTES + 1)
                except BlockingIOError:
                    break
                except ConnectionError:
                    continue
                if source == peer and len(data) <= self.MOST_BYTES:
                    self.heard.take(data, clock.now(), self.tunnel is not None and one is self.tunnel[0])

    @property
    def promoted_ago(self) -> float | None:
        """Seconds since this node's promotion, None for longer than is known."""
        return None if self.promoted_at is None else clock.now() - self.promoted_at
