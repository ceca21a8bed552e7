"""Notices that this program stood still, as its node, its processor or only it did: a wait took much longer than asked.

A request may take seconds by itself. So the thread that speaks to the peer waits for a known time all the while, and
the first of the two threads that goes on tells of the standstill.
"""

from __future__ import annotations

from failover_pair import clock
from failover_pair.clock import LONG_AGO, NEVER

OVERDUE_SECONDS = 0.5  # a busy processor is not a standstill; the peer needs as long at least to be promoted


class Standstill:
    def __init__(self) -> None:
        self.looked_at = clock.now()
        self.began = self.ended = LONG_AGO  # of the last one
        self.due: dict[str, float] = {}  # who waits → until when
        self.overdue_at = NEVER

    def waits(self, who: str, seconds: float) -> None:
        self.look()
        self.due[who] = self.looked_at + seconds
        self.note()

    def goes_on(self, who: str) -> None:
        self.look()
        self.due.pop(who, None)
        self.note()

    def note(self) -> None:
        self.overdue_at = min(list(self.due.values()), default=NEVER) + OVERDUE_SECONDS

    def look(self) -> float:
        """The time."""
        now = clock.now()
        if now > self.overdue_at:
            self.began, self.ended = self.looked_at, now
            self.due.clear()  # told once
            self.note()
        self.looked_at = now
        return now
