"""What systemd is told and asked."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess

from failover_pair import clock, shapes
from failover_pair.journal import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from failover_pair.records import NamedTuple


def notify_systemd(text: str) -> None:
    """sd_notify(3). Without systemd (tests, a terminal) it does nothing."""
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(safe(text).encode(), "\0" + address[1:] if address[0] == "@" else address)


def systemd_says(*question: str) -> str | None:
    """systemd's word, or None where there is no systemd to ask."""
    try:
        words = ["systemctl", *question]
        asked = subprocess.run(words, timeout=5, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return asked.stdout.decode("utf-8", "replace").strip() or None
    except (OSError, subprocess.SubprocessError):
        return None


DEAD = ("failed", "activating")  # activating: systemd waits before it starts it again


def unit_state(unit: str) -> str | None:
    return systemd_says("is-active", unit)


class UnitNow(NamedTuple):
    """A unit as systemd tells it, None for what it does not tell. The times are seconds."""

    state: str | None
    active_for: float | None
    changed_for: float | None  # since it was started, stopped or loaded anew


def unit_now(unit: str) -> UnitNow:
    """By one question: each one is a process, and `wait-healthy` asks twice a second."""
    names = ["ActiveState", "ActiveEnterTimestampMonotonic", "StateChangeTimestampMonotonic"]
    lines = (systemd_says("show", "--property=" + ",".join(names), unit) or "").splitlines()
    told = {name: value for name, _, value in (line.partition("=") for line in lines)}
    state, *stamps = (told.get(name) for name in names)
    active, changed = (seconds_since(stamp) for stamp in stamps)
    return UnitNow(state or None, active, changed)


def seconds_since(stamp: str | None) -> float | None:
    """stamp: microseconds of the monotonic clock."""
    at = shapes.digits(stamp)
    return clock.now() - at / 1e6 if at else None
