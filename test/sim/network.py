"""The private network between the two nodes: loss, delay, and partitions of one or both directions.

What travels is of a kind: "vrrp" (protocol 112), "talk" (the agents' datagrams), "tunnel" (what goes through VXLAN).
"all" cuts every kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sim.scheduler import Scheduler

KINDS = ("vrrp", "talk", "tunnel")
APART_SHARE = 0.1  # of what a node sends at one moment: the rest arrives at one moment, which costs one turn of a loop


class Network:
    def __init__(self, scheduler: Scheduler, chance: random.Random) -> None:
        self.scheduler, self.chance = scheduler, chance
        self.cuts: dict[tuple[str, str], int] = {}  # (sender's name, kind) → how many faults cut it
        self.loss = 0.0
        self.delay = (0.0003, 0.002)
        self.sent: tuple[str, float] = ("", 0.0)  # the last sender, and when it sent ...
        self.last_delay = 0.0  # ... with this delay

    def cut(self, sender: str, kind: str, more: int) -> None:
        self.cuts[sender, kind] = self.cuts.get((sender, kind), 0) + more

    def passes(self, sender: str, kind: str) -> bool:
        """Whether this direction works at all."""
        return not self.cuts or not (self.cuts.get((sender, "all")) or self.cuts.get((sender, kind)))

    def send(self, sender: str, kind: str, deliver: Callable[[], None]) -> None:
        if self.passes(sender, kind) and (not self.loss or self.chance.random() >= self.loss):
            now = sender, self.scheduler.now
            if self.sent != now or self.chance.random() < APART_SHARE:
                self.sent, self.last_delay = now, self.chance.uniform(*self.delay)
            self.scheduler.after(self.last_delay, deliver)

    def round_trip(self, one: str, other: str, kind: str) -> bool:
        """Whether a question and its answer both arrive."""
        arrives = self.passes(one, kind) and self.passes(other, kind)
        return arrives and (not self.loss or self.chance.random() >= 2 * self.loss)
