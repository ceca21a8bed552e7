"""The clock that an operator cannot set. One place, so that a test can give every module another one."""

from __future__ import annotations

import time

NEVER, LONG_AGO = float("inf"), float("-inf")  # as a time: it does not come, or it is longer ago than anything


def now() -> float:
    """In seconds; only differences mean anything."""
    return time.monotonic()
