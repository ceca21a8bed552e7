"""The agent's lock in the run folder: one agent for a pair and node, and whether it is alive."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

from failover_pair import clock, runfiles
from failover_pair.config import ConfigError

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.config import Config


def make_folder(config: Config) -> None:
    """tmpfiles.d has made it; where it could not, keepalived starts all the same."""
    os.makedirs(os.path.dirname(config.run("agent.json")), mode=0o755, exist_ok=True)


def open_lock(config: Config, flags: int = 0) -> int:
    """tmpfiles.d has made the file: on a full disk there could be none. Only root and the agent's user can open it."""
    return os.open(config.run("agent.lock"), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)


def hold_lock(config: Config) -> int:
    """One agent for a run folder."""
    descriptor = open_lock(config, os.O_CREAT)
    with contextlib.suppress(OSError):
        os.fchown(descriptor, *runfiles.owner(config.runDir))
    for _ in range(50):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        time.sleep(0.02)  # `status` holds it for a moment
    os.close(descriptor)
    raise ConfigError("another alias-switch is running for %s" % config.runDir)


SILENT_SECONDS = 90.0  # an agent writes at least once a minute, and an answer of the API may be waited for meanwhile


def beat_lock(descriptor: int) -> None:
    """In place and always as long, so that there is room for it on a full disk. By the monotonic clock."""
    with contextlib.suppress(OSError):
        os.pwrite(descriptor, b"%20.3f\n" % clock.now(), 0)


def agent_runs(config: Config) -> bool:
    """It holds its lock, and has written there lately: a lock alone may be held by what does nothing."""
    try:
        descriptor = open_lock(config)
    except OSError:
        return False
    try:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
        return clock.now() - float(os.pread(descriptor, 64, 0)) < SILENT_SECONDS
    except (OSError, ValueError):
        return False
    finally:
        os.close(descriptor)
