"""Whether the peer carries packets to this node: asks by journeys (journey.py), and finds out where one ended.

The agent asks when it is promoted, again and again while it is carried, and about once a minute while the peer serves.
A failure in peace is believed at its third time. Where a journey ended is told by the counters on both nodes: those of
this node by its service `bridge`, and the peer's by the peer's agent, which asks its own.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import threading
import time

from failover_pair import clock, journey, sockets
from failover_pair.account import answer_of_bridge, checked_account, shortened
from failover_pair.clock import NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from failover_pair.config import Config
    from failover_pair.hearing import Told

    Conclusion = Callable[[str], None]  # takes the story
    Pending = tuple[list[journey.Failure], Conclusion | None, float]


PEACE_SECONDS = 60.0  # from one question in peace to the next, times 0.8 to 1.2
FAILED_SECONDS = 10.0  # the same after a failure: that it is mended should show soon
FIRST_SECONDS = 4.0  # after the start, or after this node has become BACKUP
AGAIN_SECONDS = 0.3
WAIT_SECONDS = 0.1  # for an answer in peace: much longer than a healthy journey takes
TRIES = 3
EXPLAIN_SECONDS = 2.0  # for the two nodes' counters
BELIEVED_SECONDS = 300.0  # an older result in peace says nothing any more
MOST_AT_ONCE = 64  # messages of the bridge


def answers_echo(address: str, peer_address: str) -> None:
    """Answers this node's own questions about UDP, which come out of the tunnel with the peer's address. In a thread,
    as the agent may be waiting for that very answer."""
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND: the tunnel may come later
    channel.bind((address, journey.ECHO_PORT))

    def work() -> None:
        while True:
            with contextlib.suppress(OSError):
                data, sender = channel.recvfrom(64)
                if sender[0] == peer_address and journey.REAL_PORTS[0] <= sender[1] <= journey.PEACE_PORTS[1]:
                    channel.sendto(data, sender)

    threading.Thread(target=work, daemon=True).start()


class Carrying:
    """
    Sockets in, results out; `due` says when `tick` wants to be called, `explained_at` when `conclude`.

    `result` is the last one in peace or at a failover, `not_carried` the last failover that the peer did not carry;
    both are {"ok", "where", "at"}. `asks` and `account` are for the peer: see Talk.
    """

    def __init__(
        self,
        config: Config,
        inner_address: str,
        saved: dict[str, Any],
        unit_cgroup: Callable[[], str],
        log: Callable[[str, int], None],
    ) -> None:
        self.config, self.unit_cgroup, self.log = config, unit_cgroup, log
        self.ports = [port for port in saved.get("ports") or [] if journey.parse_port(port)]
        self.published: list[str] = []
        self.not_carried: dict[str, Any] | None = saved.get("notCarried")
        self.sources, self.peer_name = journey.Sources(), "the peer"
        self.round: journey.Round | None = None
        self.failures: list[journey.Failure] = []
        self.result: dict[str, Any] | None = None
        self.reset()
        self.asks: str | None = None
        self.asked_by: str | None = None
        self.account: dict[str, Any] | None = None
        self.mine: dict[str, Any] | None = None
        self.theirs: dict[str, Any] | None = None
        self.before: tuple[journey.Counters | None, journey.Counters | None] = (None, None)
        self.pending: Pending | None = (
            None  # (failures, what to call with the story, until when the counters are waited for)
        )
        self.door = self.open_door()
        with contextlib.suppress(OSError):
            answers_echo(inner_address, config.peerAddress)

    def open_door(self) -> socket.socket:
        """Where the bridge answers. Without it, as on a full disk, it stays unknown where a journey ends."""
        door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.config.run("agent.sock"))
            door.bind(self.config.run("agent.sock"))
            os.chmod(self.config.run("agent.sock"), 0o660)  # its group is the bridge's
        return door

    # -- questions

    def asked_ports(self) -> list[str]:
        if self.config.ports:
            return self.config.ports
        found = sockets.listening(self.unit_cgroup(), self.config.vips)
        # a service that is down just now still has the ports that it had
        if found:
            self.ports = sorted({*found, *self.published})
        elif self.published:
            self.ports = sorted({*self.ports, *self.published})
        return self.ports

    def ask(self, ports: tuple[int, int] = journey.REAL_PORTS) -> None:
        self.forget()
        known = self.config.ports or self.ports
        if ports == journey.PEACE_PORTS:
            deaf = set(sockets.deaf_in_peace(self.config.address, self.config.vips)).difference(self.published)
            known = [port for port in known if port not in deaf]
        asked = journey.questions(known)
        self.round = journey.Round(self.config.address, self.config.vips, asked, self.sources.next(ports))

    def answered(self, until: float = 0.0) -> bool:
        """Whether every question of the last round got a good answer; waits for that at the most until then."""
        if self.round is None:
            return False
        self.round.collect(until)
        self.round.close()
        self.failures, self.round = self.round.failed(), None
        return not self.failures

    def forget(self) -> None:
        if self.round is not None:
            self.round.close()
        self.round = None

    # -- a failover

    def failed_over(self) -> None:
        """The peer did not carry when it was to: the reason is found out while the alias is moved."""
        missed = self.not_carried = self.told(False, self.failures)
        self.result = None

        def conclude(story: str) -> None:
            missed["where"] = story
            self.log("%s did not carry: %s" % (self.peer_name, story), 4)

        self.explain(self.failures, conclude)

    def carries(self) -> None:
        """The peer does: what was wrong at the failover before does not count any more."""
        self.not_carried = None

    def told(self, ok: bool, failures: list[journey.Failure] | None = None) -> dict[str, Any]:
        where = failures and journey.story(failures, None, None, self.config.node, self.peer_name)
        return {"ok": ok, "where": where or None, "at": time.time()}

    # -- in peace

    def reset(self) -> None:
        """This node is not the BACKUP of a MASTER that has the alias, or was not until now."""
        self.forget()
        self.peace_at, self.collect_at, self.tries, self.failures = NEVER, NEVER, 0, []
        self.result = None

    def rests(self) -> None:
        """This node cannot ask in peace now."""
        if self.peace_at < NEVER or self.collect_at < NEVER:
            self.reset()

    def begins(self) -> None:
        if self.peace_at == NEVER and self.collect_at == NEVER:
            self.peace_at = clock.now() + FIRST_SECONDS

    @property
    def due(self) -> float:
        return min(self.peace_at, self.collect_at)

    @property
    def explained_at(self) -> float:
        """Until when the two nodes' counters are waited for."""
        return self.pending[2] if self.pending else NEVER

    def tick(self) -> bool:
        """True if there is something new to be published."""
        if clock.now() >= self.peace_at:
            if self.tries == 0:
                self.asked_ports()
            self.ask(journey.PEACE_PORTS)
            self.peace_at, self.collect_at = NEVER, clock.now() + WAIT_SECONDS
        if clock.now() < self.collect_at:
            return False
        self.collect_at = NEVER
        good = self.answered()
        self.tries = 0 if good else self.tries + 1
        if self.tries == 1 and None in self.before and not self.pending:
            self.explain([], None)  # for the difference at the last try
        if not good and self.tries < TRIES:
            self.peace_at = clock.now() + AGAIN_SECONDS
            return False
        self.tries, self.peace_at = (
            0,
            clock.now() + (PEACE_SECONDS if good else FAILED_SECONDS) * random.uniform(0.8, 1.2),
        )
        self.believe(good)
        return True

    def believe(self, good: bool) -> None:
        was = self.result and self.result["ok"]
        # the last reason stays until there is a new one
        where = None if good or not self.result else self.result["where"]
        result = self.told(good, None if good else self.failures)
        result["where"] = where or result["where"]
        self.result = result
        if good and was is False:
            self.log("a failover would be carried again", 6)

        def conclude(story: str) -> None:
            if self.result and not self.result["ok"]:
                if was is not False or self.result["where"] != story:
                    self.log("a failover would not be carried: %s" % story, 4)
                self.result["where"] = story

        self.explain(self.failures, conclude)

    def believed(self) -> dict[str, Any] | None:
        """The last result in peace while it means something."""
        return self.result if self.result and time.time() - self.result["at"] < BELIEVED_SECONDS else None

    # -- where a journey ended

    def explain(self, failures: list[journey.Failure], conclude: Callable[[str], None] | None) -> None:
        """Gets both nodes' counters, also after a good round: then the next failure can be told from them."""
        self.asks = "%d-%d" % (os.getpid(), random.randrange(1 << 30))
        self.mine = self.theirs = None
        self.pending = (failures, conclude, clock.now() + EXPLAIN_SECONDS)
        self.knock()

    def knock(self) -> None:
        with contextlib.suppress(OSError):
            self.door.sendto(b"explain", self.config.run("bridge.sock"))

    def hear_bridge(self) -> bool:
        """The bridge's answer: for this node's own question, for the peer's, or for both."""
        with contextlib.suppress(OSError, ValueError):
            for _ in range(MOST_AT_ONCE):
                self.published, account = answer_of_bridge(self.door.recv(65536))
                if self.pending and self.mine is None:
                    self.mine = checked_account({**account, "for": self.asks})
                if self.asked_by:
                    short = {**account, "for": self.asked_by, "suspects": shortened(account["suspects"])}
                    self.account = checked_account(short)
        return self.concluded()

    def hear_peer(self, told: Told) -> bool:
        """What the peer's agent said: its own question, and its answer to this node's. True if there is a result."""
        asks = told.asks
        if told.node and re.fullmatch(r"[A-Za-z0-9.-]{1,64}", told.node):
            self.peer_name = told.node
        if type(asks) is str and re.fullmatch(r"[0-9-]{1,40}", asks) and asks != self.asked_by:
            self.asked_by = asks
            self.knock()
        account = checked_account(told.account)
        if self.pending and account and account["for"] == self.asks:
            self.theirs = account
        return self.concluded()

    def concluded(self) -> bool:
        if self.pending and self.mine and self.theirs:
            self.conclude()
            return True
        return False

    def conclude(self) -> None:
        if self.pending is None:
            return
        failures, conclude, _ = self.pending
        self.pending = None
        after = (self.mine["counters"] if self.mine else None, self.theirs["counters"] if self.theirs else None)
        if failures and conclude:
            mine, theirs = (journey.difference(*pair) for pair in zip(self.before, after))
            names = (self.config.node, self.peer_name)
            hints = {name: known["suspects"] for name, known in zip(names, (self.mine, self.theirs)) if known}
            conclude(journey.story(failures, mine, theirs, *names, hints))
        self.before = after
