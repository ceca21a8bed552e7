"""Waits for a condition."""

from __future__ import annotations

import time

from failover_pair import clock

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Callable


def wait_until(condition: Callable[[], bool], seconds: float, step: float = 0.1) -> bool:
    until = clock.now() + seconds
    while not condition():
        if clock.now() >= until:
            return False
        time.sleep(step)
    return True
