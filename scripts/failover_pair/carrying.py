"""Whether the peer carries packets to this node: when it is asked (questions.py), and what is believed.

The agent asks when it is promoted, again and again while it is carried, and about once a minute while the peer serves.
A failure in peace is believed at its third time. explaining.py finds out where a journey ended.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time

from failover_pair import clock, journey
from failover_pair.clock import NEVER
from failover_pair.explaining import Explaining
from failover_pair.questions import Questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from failover_pair.config import Config


PEACE_SECONDS = 60.0  # from one question in peace to the next, times 0.8 to 1.2
FAILED_SECONDS = 10.0  # the same after a failure: that it is mended should show soon
FIRST_SECONDS = 4.0  # after the start, or after this node has become BACKUP
AGAIN_SECONDS = 0.3
WAIT_SECONDS = 0.1  # for an answer in peace: much longer than a healthy journey takes
TRIES = 3
BELIEVED_SECONDS = 300.0  # an older result in peace says nothing any more


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
    Sockets in, results out; `due` says when `tick` wants to be called, `explaining.until` when its `conclude`.

    `result` is the last one in peace or at a failover, `not_carried` the last failover that the peer did not carry;
    both are {"ok", "where", "at"}.
    """

    def __init__(
        self,
        config: Config,
        inner_address: str,
        saved: dict[str, Any],
        unit_cgroup: Callable[[], str],
        log: Callable[[str, int], None],
    ) -> None:
        self.config, self.log = config, log
        self.questions = Questions(config, saved.get("ports") or [], unit_cgroup)
        self.explaining = Explaining(config, self.questions)
        self.not_carried: dict[str, Any] | None = saved.get("notCarried")
        self.result: dict[str, Any] | None = None
        self.reset()
        with contextlib.suppress(OSError):
            answers_echo(inner_address, config.peerAddress)

    # -- a failover

    def failed_over(self) -> None:
        """The peer did not carry when it was to: the reason is found out while the alias is moved."""
        missed = self.not_carried = self.told(False, self.questions.failures)
        self.result = None

        def conclude(story: str) -> None:
            missed["where"] = story
            self.log("%s did not carry: %s" % (self.explaining.peer_name, story), 4)

        self.explaining.explain(self.questions.failures, conclude)

    def carries(self) -> None:
        """The peer does: what was wrong at the failover before does not count any more."""
        self.not_carried = None

    def told(self, ok: bool, failures: list[journey.Failure] | None = None) -> dict[str, Any]:
        where = failures and journey.story(failures, None, None, self.config.node, self.explaining.peer_name)
        return {"ok": ok, "where": where or None, "at": time.time()}

    # -- in peace

    def reset(self) -> None:
        """This node is not the BACKUP of a MASTER that has the alias, or was not until now."""
        self.questions.forget()
        self.peace_at, self.collect_at, self.tries = NEVER, NEVER, 0
        self.questions.failures = []
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

    def tick(self) -> bool:
        """True if there is something new to be published."""
        if clock.now() >= self.peace_at:
            if self.tries == 0:
                self.questions.asked_ports()
            self.questions.ask(journey.PEACE_PORTS)
            self.peace_at, self.collect_at = NEVER, clock.now() + WAIT_SECONDS
        if clock.now() < self.collect_at:
            return False
        self.collect_at = NEVER
        good = self.questions.answered()
        self.tries = 0 if good else self.tries + 1
        if self.tries == 1 and None in self.explaining.before and not self.explaining.pending:
            self.explaining.explain([], None)  # for the difference at the last try
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
        result = self.told(good, None if good else self.questions.failures)
        result["where"] = where or result["where"]
        self.result = result
        if good and was is False:
            self.log("a failover would be carried again", 6)

        def conclude(story: str) -> None:
            if self.result and not self.result["ok"]:
                if was is not False or self.result["where"] != story:
                    self.log("a failover would not be carried: %s" % story, 4)
                self.result["where"] = story

        self.explaining.explain(self.questions.failures, conclude)

    def believed(self) -> dict[str, Any] | None:
        """The last result in peace while it means something."""
        return self.result if self.result and time.time() - self.result["at"] < BELIEVED_SECONDS else None
