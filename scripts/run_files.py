"""Where each file of the run folder is, and whose it is.

The folder is root's, so that no other user can plant a link in it. Two folders in it belong to the services: what the agent
writes is in agent/, and what the bridge and the guard write is in bridge/ (tmpfiles.conf makes both). Two files at the top are the
agent's too, as keepalived.conf names them: `vrrp.fifo` and `yield`. Python 3.9 or newer.
"""

import os
import pwd

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


def place(run_dir, name):
    """The path of a file of the run folder."""
    base = name[: -len(".new")] if name.endswith(".new") else name
    folder = "agent" if base in AGENT else "bridge" if base in BRIDGE else ""
    return os.path.join(run_dir, folder, name)


def owner(run_dir):
    """The (user, group) of the agent, in numbers; this process's own where the agent has no folder."""
    try:
        user = os.stat(os.path.join(run_dir, "agent")).st_uid
    except OSError:
        return os.geteuid(), os.getegid()
    return user, pwd.getpwuid(user).pw_gid
