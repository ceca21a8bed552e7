"""Where a journey through the peer ended, told by the counters on both nodes.

Those of this node are told by its service `bridge`, and the peer's by the peer's agent, which asks its own.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket

from failover_pair import clock, journey
from failover_pair.account import answer_of_bridge, checked_account, shortened
from failover_pair.clock import NEVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from failover_pair.config import Config
    from failover_pair.hearing import Told
    from failover_pair.questions import Questions

    Conclusion = Callable[[str], None]  # takes the story
    Pending = tuple[list[journey.Failure], Conclusion | None, float]


EXPLAIN_SECONDS = 2.0  # for the two nodes' counters
MOST_AT_ONCE = 64  # messages of the bridge


class Explaining:
    """`asks` and `account` are for the peer: see Told."""

    def __init__(self, config: Config, questions: Questions) -> None:
        self.config, self.questions, self.peer_name = config, questions, "the peer"
        self.asks: str | None = None
        self.asked_by: str | None = None
        self.account: dict[str, Any] | None = None
        self.mine: dict[str, Any] | None = None
        self.theirs: dict[str, Any] | None = None
        self.before: tuple[journey.Counters | None, journey.Counters | None] = (None, None)
        # (failures, what to call with the story, until when the counters are waited for)
        self.pending: Pending | None = None
        self.door = self.open_door()

    def open_door(self) -> socket.socket:
        """Where the bridge answers. Without it, as on a full disk, it stays unknown where a journey ends."""
        door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.config.run("agent.sock"))
            door.bind(self.config.run("agent.sock"))
            os.chmod(self.config.run("agent.sock"), 0o660)  # its group is the bridge's
        return door

    @property
    def until(self) -> float:
        """Until when the two nodes' counters are waited for."""
        return self.pending[2] if self.pending else NEVER

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
                self.questions.published, account = answer_of_bridge(self.door.recv(65536))
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
