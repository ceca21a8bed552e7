"""What systemd is told and asked."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess

from failover_pair import clock, shapes
from failover_pair.journal import safe


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


def seconds_of(unit: str, moment: str) -> float | None:
    """For how many seconds a unit has been active ("ActiveEnter"), or None where systemd does not tell."""
    stamp = shapes.digits(systemd_says("show", "--value", "--property=%sTimestampMonotonic" % moment, unit))
    return clock.now() - stamp / 1e6 if stamp else None
