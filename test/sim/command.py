"""The program `npm run sim`."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from typing import Any

from sim.story import Result, Story

SHOWN = 60  # lines of a story that are printed
MOST_VIOLATIONS = 10  # after which a run ends


def story_seed(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(b"%d %d" % (seed, number)).digest()[:6], "big")


def options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run sim --", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="simulated hours (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="of the run: another one tells other stories (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="where the result is written")
    parser.add_argument("--replay", type=int, metavar="STORYSEED", help="tells one story step by step")
    return parser.parse_args(words)


def report(result: Result) -> dict[str, Any]:
    assert result.violation
    return {"invariant": result.violation[0], "storySeed": result.seed, "story": result.told}


def replay(seed: int) -> int:
    result = Story(seed, telling=True).tell()
    print("%s; settled after %.0f s" % ("VIOLATION" if result.violation else "no violation", result.settled_after))
    return 1 if result.violation else 0


def run(seed: int, hours: float) -> tuple[dict[str, Any], float]:
    """(what --json writes, the longest time until everything had settled)"""
    seconds, stories, longest = 0.0, 0, 0.0
    states: set[tuple[object, ...]] = set()
    violations: list[dict[str, Any]] = []
    while seconds < hours * 3600 and len(violations) < MOST_VIOLATIONS:
        result = Story(story_seed(seed, stories)).tell()
        stories += 1
        seconds += result.seconds
        states |= result.states
        longest = max(longest, result.settled_after)
        if result.violation:
            violations.append(report(result))
            print("story %d breaks %s: %s" % (result.seed, *result.violation))
            sys.stdout.flush()
    found = {"seed": seed, "simulatedHours": seconds / 3600, "schedules": stories, "states": len(states)}
    return {**found, "violations": violations}, longest


def main(words: list[str]) -> int:
    given = options(words)
    if given.replay is not None:
        return replay(given.replay)
    began = time.time()
    found, longest = run(given.seed, given.hours)
    spent = time.time() - began
    if given.json:
        with open(given.json, "w") as file:
            json.dump(found, file, indent=1, ensure_ascii=False)
    for one in found["violations"][:1]:
        print("\n".join(one["story"][-SHOWN:]))
    values = (found["seed"], found["simulatedHours"], found["schedules"], found["states"], spent, longest)
    print("seed %d: %.1f hours, %d stories, %d states in %.0f s; the longest settled after %.0f s" % values)
    print("%d violations" % len(found["violations"]))
    return 1 if found["violations"] else 0
