"""The program `npm run sim`."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

from sim.explore import explore
from sim.runner import results
from sim.schedule import parse
from sim.shrink import breaks, shrink
from sim.story import Result, Story

if TYPE_CHECKING:
    from sim.schedule import Schedule

SHOWN = 60  # lines of a story that are printed
MOST_VIOLATIONS = 10  # after which a run ends


def story(word: str) -> Schedule:
    try:
        return parse(word)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run sim --", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="simulated hours (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="of the run: another one tells other stories (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="where the result is written")
    parser.add_argument("--replay", type=story, metavar="STORYSEED", help="tells one story step by step")
    parser.add_argument("--explore", type=int, metavar="STEPS", help="every path of so many steps, instead of chance")
    return parser.parse_args(words)


def report(result: Result) -> dict[str, Any]:
    assert result.violation
    return {"invariant": result.violation[0], "storySeed": result.schedule.seed, "story": result.told}


def replay(schedule: Schedule) -> int:
    result = Story(schedule, telling=True).tell()
    print("%s; settled after %.0f s" % ("VIOLATION" if result.violation else "no violation", result.settled_after))
    return 1 if result.violation else 0


def show_shrunk(result: Result) -> None:
    assert result.violation
    small = shrink(result.schedule, breaks(result.violation[0]))
    values = len(small.faults), len(result.schedule.faults), small
    print("\n".join(Story(parse(str(small))).tell().told[-SHOWN:]))
    print("shrunk to %d of %d faults; --replay %s tells it" % values)


class Run:
    """Many stories, and what they have shown."""

    def __init__(self, seed: int) -> None:
        self.seed, self.stories, self.seconds, self.spent, self.longest = seed, 0, 0.0, 0.0, 0.0
        self.states: set[tuple[object, ...]] = set()
        self.violations: list[Result] = []

    def tell(self, hours: float) -> None:
        with contextlib.closing(results(self.seed)) as told:
            while self.seconds < hours * 3600 and len(self.violations) < MOST_VIOLATIONS:
                self.take(*next(told))

    def take(self, result: Result, spent: float) -> None:
        self.stories += 1
        self.seconds += result.seconds
        self.spent += spent
        self.states |= result.states
        self.longest = max(self.longest, result.settled_after)
        if result.violation:
            self.violations.append(result)
            print("story %d breaks %s: %s" % (result.schedule.seed, *result.violation))
            sys.stdout.flush()

    def document(self) -> dict[str, Any]:
        """What --json writes."""
        figures = {"simulatedHours": self.seconds / 3600, "schedules": self.stories, "states": len(self.states)}
        return {"seed": self.seed, **figures, "violations": [report(one) for one in self.violations]}

    def show(self) -> None:
        for one in self.violations[:1]:
            show_shrunk(one)
        values = (self.seed, self.seconds / 3600, self.stories, len(self.states), self.spent, self.longest)
        text = "seed %d: %.1f hours, %d stories, %d states, %.0f s of a processor; the longest settled after %.0f s"
        print(text % values)
        print("%d violations" % len(self.violations))


def main(words: list[str]) -> int:
    given = options(words)
    if given.replay is not None:
        return replay(given.replay)
    if given.explore is not None:
        return explore(given.explore)
    run = Run(given.seed)
    run.tell(given.hours)
    if given.json:
        with open(given.json, "w") as file:
            json.dump(run.document(), file, indent=1, ensure_ascii=False)
    run.show()
    return 1 if run.violations else 0
