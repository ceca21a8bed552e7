"""`alias-switch prepare`: the run folder's files, before and after keepalived starts."""

from __future__ import annotations

import contextlib
import os

from failover_pair import runfiles
from failover_pair.locks import make_folder
from failover_pair.nic import nic_text, vips_on_nic
from failover_pair.readers import read_flag
from failover_pair.runfiles import keep_flag, make_fifo, write_atomically, write_flag
from failover_pair.systemd import unit_state
from failover_pair.tracking import note_tracking

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    import argparse

    from failover_pair.config import Config


def kept_drain(config: Config) -> str:
    """Next to the configuration, as the run folder is emptied by a reboot."""
    return os.path.join(os.path.dirname(os.path.abspath(config.path)), "drain")


TRACKED = ("service", "drain", "yield")


def prepare(config: Config, options: argparse.Namespace) -> int:
    """Before keepalived starts: it silently drops the tracking of a file whose folder is missing. And when it has
    started."""
    make_folder(config)
    if options.started:
        note_tracking(config)
        restore_flags(config)
        return 0
    owner = runfiles.owner(config.runDir)
    make_fifo(config.run("vrrp.fifo"))
    os.chown(config.run("vrrp.fifo"), *owner, follow_symlinks=False)
    first = {"drain": lambda: os.path.exists(kept_drain(config)), "service": lambda: service_is_down(config)}
    for name in TRACKED:
        flag = read_flag(config.run(name))
        if flag is None:
            write_flag(config.run(name), first.get(name, bool)())
        else:
            keep_flag(config.run(name), flag)
    os.chown(config.run("yield"), *owner, follow_symlinks=False)
    index = vips_on_nic(config)[0]
    with contextlib.suppress(OSError):
        write_atomically(config.run("interface"), nic_text(index))
    return 0


def restore_flags(config: Config) -> None:
    """keepalived 2.2.8 to 2.3.2 may write over its track files when it starts: a drain, a yield and the end of the
    service have to outlive that."""
    for name in TRACKED:
        flag, kept = read_flag(config.run(name)), read_flag(config.run(name + ".kept"))
        if kept is None or flag == kept:
            continue
        # the service's hooks write their file only, and systemd knows better than both
        write_flag(config.run(name), service_is_down(config) if name == "service" else kept)


def service_is_down(config: Config) -> bool:
    return bool(config.service and unit_state(config.service) not in ("active", "reloading"))
