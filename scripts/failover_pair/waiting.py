"""Waits for a condition."""

from __future__ import annotations

import time
from collections.abc import Callable

from failover_pair import clock


def wait_until(condition: Callable[[], bool], seconds: float, step: float = 0.1) -> bool:
    until = clock.now() + seconds
    while not condition():
        if clock.now() >= until:
            return False
        time.sleep(step)
    return True
