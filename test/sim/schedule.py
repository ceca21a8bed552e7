"""Which faults a story has. A seed draws them before the story begins, so any of them can be left out of it.

A schedule has a form in one word for `--replay`: the seed, or after shrinking the seed, the end and each fault that is
left by its number, with its beginning and its length, as in `4663/40.5/3@15.2+20,7@30+1.5`.
"""

from __future__ import annotations

import math
import random
import re
from typing import TYPE_CHECKING, NamedTuple

from sim.kinds import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN_SECONDS = 15.0
FAULT_SECONDS = 30.0  # from one fault to the next, in the mean
SOON_SHARE, SOON_SECONDS = 0.6, 5.0
MOST_FAULT_SECONDS = 120.0


class Fault(NamedTuple):
    number: int
    at: float
    kind: int  # in FAULTS
    node: int
    seconds: float
    seed: int  # for what the fault draws itself

    def __str__(self) -> str:
        return "%d@%s+%s" % (self.number, self.at, self.seconds)


class Schedule(NamedTuple):
    seed: int
    faults: tuple[Fault, ...]
    end: float  # when all that is left ends, and everything has to settle

    def __str__(self) -> str:
        if self == draw(self.seed):
            return str(self.seed)
        return "%d/%s/%s" % (self.seed, self.end, ",".join(str(one) for one in self.faults))


def pause(chance: random.Random) -> float:
    """To the next fault: most of them come while another one is being dealt with."""
    if chance.random() < SOON_SHARE:
        return chance.uniform(0, SOON_SECONDS)
    return chance.expovariate((1 - SOON_SHARE) / (FAULT_SECONDS - SOON_SHARE * SOON_SECONDS / 2))


def begins(chance: random.Random) -> Iterator[tuple[float, float]]:
    """(when a fault begins, how long it lasts at least); the last ones come together."""
    now, until = BEGIN_SECONDS, chance.uniform(60, 600)
    while now < until:
        yield now, 0.1
        now += pause(chance)
    for _ in range(chance.randint(1, 4)):
        yield now, 20.0
        now += chance.uniform(0, 5)


def draw(seed: int) -> Schedule:
    chance = random.Random("the faults of %d" % seed)
    # few kinds in one story meet each other more often than all of them would
    kinds = chance.sample(range(len(FAULTS)), chance.randint(2, 12))
    faults = []
    for number, (at, least) in enumerate(begins(chance)):
        seconds = math.exp(chance.uniform(math.log(least), math.log(MOST_FAULT_SECONDS)))
        values = round(at, 3), chance.choice(kinds), chance.randrange(2), round(seconds, 3), chance.getrandbits(32)
        faults.append(Fault(number, *values))
    return Schedule(seed, tuple(faults), round(faults[-1].at + chance.uniform(0, 5), 3))


def parse(text: str) -> Schedule:
    """The reverse of str()."""
    try:
        seed, *rest = text.split("/")
        drawn = draw(int(seed))
        if not rest:
            return drawn
        end, faults = rest
        return drawn._replace(faults=tuple(parse_fault(one, drawn) for one in faults.split(",") if one), end=float(end))
    except (ValueError, IndexError):
        message = "%r is not a story: give its seed, or the word that was printed for a shrunk story" % text
        raise ValueError(message) from None


def parse_fault(text: str, drawn: Schedule) -> Fault:
    number, at, seconds = re.split("[@+]", text)
    return drawn.faults[int(number)]._replace(at=float(at), seconds=float(seconds))
