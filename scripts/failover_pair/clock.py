"""The clock that an operator cannot set. One place, so that a test can give every module another one."""

from __future__ import annotations

import time


def now() -> float:
    """In seconds; only differences mean anything."""
    return time.monotonic()
