"""Why a request failed, and how long to wait before the next one."""

from __future__ import annotations

import contextlib
import random
import time

from failover_pair import shapes
from failover_pair.journal import safe

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterator

    from failover_pair import wire


class ApiError(Exception):
    """`cause` decides how it is retried: see PAUSES."""

    def __init__(self, cause: str, text: str, retry_after: float | None = None) -> None:
        super().__init__(safe(text, 600))
        self.cause, self.retry_after = cause, retry_after


def cause_of(status: int, code: str | None) -> str:
    if status == 429:
        return "rate-limit"
    if code == "token_readonly":
        return "token-read-only"
    if status in (401, 403) and code not in ("maintenance", "resource_limit_exceeded"):
        return "token-refused"
    if status == 404:
        return "not-found"
    if status == 409:
        return "conflict"
    if status == 423 and code != "protected":
        return "locked"
    if code in ("ip_not_available", "no_subnet_available", "conflict"):
        return "address-busy"
    if status >= 500 or status == 408 or code in ("maintenance", "service_error", "timeout", "bad_gateway"):
        return "server-error"
    return "refused"


# seconds before the first retry and at most; each further one doubles, times a random 0.5–1
PAUSES = {
    "locked": (0.1, 3),
    "conflict": (0.1, 3),
    "address-busy": (0.1, 5),
    "action-failed": (0.1, 10),
    "action-hangs": (0.1, 10),
    "network": (0.1, 5),
    "server-error": (0.2, 5),
    "garbled": (0.5, 10),
    "not-attached": (0.5, 10),
    "not-ready": (0.5, 5),
    "no-room": (1, 20),
    "stale": (0, 0),
    "rate-limit": (1, 10),
    "not-found": (0.5, 30),
    "refused": (0.5, 30),
    "certificate": (1, 10),  # the API does not notice
    "token-refused": (2, 60),
    "token-read-only": (2, 60),
    "token-missing": (2, 60),
    "foreign-holder": (2, 20),
}
UNSURE = ("network", "server-error", "garbled")  # after these a change may have been accepted all the same
LOUD = ("certificate", "no-room", "token-refused", "token-read-only", "token-missing", "foreign-holder")


def pause_after(error: ApiError, tries: int) -> float:
    base, most = PAUSES[error.cause]
    pause: float = min(most, base * 2 ** min(tries - 1, 10)) * random.uniform(0.5, 1)
    return max(pause, error.retry_after or 0)


@contextlib.contextmanager
def read_as(what: str) -> Iterator[None]:
    """A document of another shape is an answer that is garbled."""
    try:
        yield
    except shapes.Odd as odd:
        raise ApiError("garbled", "instead of %s: %s" % (what, odd)) from None


def retry_after(headers: wire.Headers) -> float:
    """RateLimit-Reset is when the *whole* bucket is full again, but one request is back after a second: 1 to 3 s, which
    is also what a clock that is wrong can make of it."""
    reset = shapes.digits(headers.get("RateLimit-Reset"))
    return min(3.0, max(1.0, reset - time.time())) if reset else 1.0
