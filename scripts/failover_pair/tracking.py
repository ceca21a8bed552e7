"""Whether the running keepalived does what its configuration says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time

from failover_pair import clock, readers, shapes
from failover_pair.checks import refused_checks
from failover_pair.runfiles import write_atomically
from failover_pair.systemd import systemd_says

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.config import Config


def family(pid: int) -> list[int]:
    """The process and its children."""
    found = [pid]
    for child in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/%s/stat" % child) as file:
            if int(file.read().rpartition(") ")[2].split()[1]) == pid:
                found.append(int(child))
    return found


def watched_folders(pids: list[int]) -> set[tuple[int, int]]:
    """{(device, inode)} of what these processes watch by inotify. Raises PermissionError: that takes root."""
    found = set()
    for pid in pids:
        folder = "/proc/%d/fdinfo" % pid
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(os.path.join(folder, name)) as file:
                for inode, device in re.findall(r"^inotify wd:\S+ ino:([0-9a-f]+) sdev:([0-9a-f]+)", file.read(), re.M):
                    found.add((int(device, 16), int(inode, 16)))
    return found


def watches(config: Config) -> bool | None:
    """Whether the running keepalived looks at its track files, or None if that cannot be told. Without an inotify
    instance to be had it runs without them, and says so only in the journal."""
    pid = shapes.digits(systemd_says("show", "--value", "--property=MainPID", "keepalived.service"))
    if not pid:
        return None
    try:
        folder, watched = os.stat(config.runDir), watched_folders(family(pid))
    except OSError:
        return None
    device = os.major(folder.st_dev) << 20 | os.minor(folder.st_dev)
    return (device, folder.st_ino) in watched


def note_tracking(config: Config, seconds: float = 2.0) -> dict[str, Any]:
    """Leaves for the agent, which may not look into other processes, what keepalived tracks since its start."""
    until = clock.now() + seconds
    watched = watches(config)
    while watched is False and clock.now() < until:
        time.sleep(0.05)
        watched = watches(config)
    found = {"watched": watched, "refused": refused_checks(config)}
    with contextlib.suppress(OSError):
        write_atomically(config.run("tracking.json"), json.dumps(found))
    return found


def tracking_now(config: Config) -> dict[str, Any]:
    """As it is, where it can be seen; else as it was at keepalived's start. What was refused then is refused still."""
    noted, watched = readers.read_fields(config.run("tracking.json"), readers.TRACKING), watches(config)
    watched = noted.get("watched") if watched is None else watched
    return {"watched": watched, "refused": {**(noted.get("refused") or {}), **refused_checks(config)}}
