"""Where each file of the run folder is, and whose it is.

The folder is root's, so that no other user can plant a link in it. Two folders in it belong to the services: what the
agent writes is in agent/, and what the bridge and the guard write is in bridge/ (tmpfiles.conf makes both). Two files
at the top are the agent's too, as keepalived.conf names them: `vrrp.fifo` and `yield`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import stat

AGENT = (
    "agent.json",
    "agent.lock",
    "agent.sock",
    "holder",
    "metrics.prom",
    "nic-lost",  # failover-pair-nic.path waits for a change of this file
    "nic-changed",  # and failover-pair-keepalived.path for one of this
    "yield.kept",
)
BRIDGE = ("bridge.json", "bridge.sock", "demux.json", "guard.json")


def place(run_dir: str, name: str) -> str:
    """The path of a file of the run folder."""
    base = name[: -len(".new")] if name.endswith(".new") else name
    folder = "agent" if base in AGENT else "bridge" if base in BRIDGE else ""
    return os.path.join(run_dir, folder, name)


def owner(run_dir: str) -> tuple[int, int]:
    """The (user, group) of the agent, in numbers; this process's own where the agent has no folder."""
    try:
        user = os.stat(os.path.join(run_dir, "agent")).st_uid
    except OSError:
        return os.geteuid(), os.getegid()
    return user, pwd.getpwuid(user).pw_gid


def write_atomically(path: str, text: str, mode: int = 0o644, owner: tuple[int, int] | None = None) -> None:
    """Readers see the old or the new content, also after a power cut; mode and owner are right from the first byte
    on."""
    temporary = "%s.%d.tmp" % (path, os.getpid())
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(file.fileno(), mode)
            if owner:
                os.fchown(file.fileno(), *owner)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def keep_flag(path: str, value: bool | int) -> None:
    """The value beside a track_file, in case that keepalived writes over the file when it starts."""
    with contextlib.suppress(OSError):
        write_atomically(place(*os.path.split(path + ".kept")), "%d\n" % value)


def write_flag(path: str, value: bool | int) -> None:
    """In place and not renamed: keepalived reads a track_file when it is closed after writing. Not emptied before, as a
    full disk would leave it so."""
    keep_flag(path, value)
    # non-blocking: a FIFO in its place would be waited for
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    try:
        os.ftruncate(descriptor, os.write(descriptor, b"%d\n" % value))
    finally:
        os.close(descriptor)


def make_fifo(path: str) -> None:
    """0600 and the agent's: who writes into it can make the agent look, though nothing worse."""
    try:
        os.mkfifo(path, 0o600)
    except FileExistsError:
        if not stat.S_ISFIFO(os.lstat(path).st_mode):
            os.unlink(path)
            os.mkfifo(path, 0o600)
