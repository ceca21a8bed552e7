"""One bug of the past, and who found it."""

from __future__ import annotations

from typing import NamedTuple


class Bug(NamedTuple):
    about: str
    commit: str
    found: str
    by: str
    file: str
    old: str
    new: str


REVIEW, SECURITY, FIELD = "a review", "a security review", "a report from the field"
HOSTILE, AGENT, E2E = "odd answers on purpose", "a test of the agent", "a booted server"
UNKNOWN, SIMULATOR = "not recorded", "the simulator"
NEXT = "0.3.0"  # this version instead of a commit
