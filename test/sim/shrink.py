"""Makes a story that breaks a rule smaller, as long as it still does: fewer faults first, then shorter ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.story import Story

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.schedule import Fault, Schedule

    Breaks = Callable[[Schedule], bool]

MOST_TRIES = 200
SHARES = (0.0, 0.1, 0.5)  # of a pause or of a fault's length: what is tried, the smallest first
LEAST_SECONDS = 0.1


def breaks(invariant: str) -> Breaks:
    """Whether a story breaks this rule, tried so often at most: afterwards no story does."""
    tries = 0

    def found(schedule: Schedule) -> bool:
        nonlocal tries
        tries += 1
        if tries > MOST_TRIES:
            return False
        violation = Story(schedule).tell().violation
        return violation is not None and violation[0] == invariant

    return found


def shrink(schedule: Schedule, still: Breaks) -> Schedule:
    before = None
    while schedule != before:
        before = schedule
        schedule = shorter(fewer(schedule, still), still)
    return schedule


def fewer(schedule: Schedule, still: Breaks) -> Schedule:
    """Without half of the faults, a quarter of them ... without a single one."""
    size = len(schedule.faults)
    while size > 0:
        at = 0
        while at < len(schedule.faults):
            rest = schedule.faults[:at] + schedule.faults[at + size :]
            smaller = schedule._replace(faults=rest)
            if still(smaller):
                schedule = smaller
            else:
                at += size
        size //= 2
    return schedule


def shorter(schedule: Schedule, still: Breaks) -> Schedule:
    for place in range(len(schedule.faults) + 1):
        schedule = first_of([sooner(schedule, place, share) for share in SHARES], still) or schedule
    for place, fault in enumerate(schedule.faults):
        lengths = [round(max(LEAST_SECONDS, fault.seconds * share), 1) for share in SHARES]
        smaller = [changed(schedule, place, fault._replace(seconds=one)) for one in lengths if one < fault.seconds]
        schedule = first_of(smaller, still) or schedule
    return schedule


def first_of(smaller: list[Schedule], still: Breaks) -> Schedule | None:
    return next((one for one in smaller if still(one)), None)


def changed(schedule: Schedule, place: int, fault: Fault) -> Schedule:
    return schedule._replace(faults=(*schedule.faults[:place], fault, *schedule.faults[place + 1 :]))


def sooner(schedule: Schedule, place: int, share: float) -> Schedule:
    """With so much of the pause before the fault at this place, or before the end."""
    times = [0.0, *[one.at for one in schedule.faults], schedule.end]
    less = (times[place + 1] - times[place]) * (1 - share)
    moved = [one._replace(at=round(one.at - less, 3)) for one in schedule.faults[place:]]
    end = round(schedule.end - less, 3)
    return schedule._replace(faults=(*schedule.faults[:place], *moved), end=end)
