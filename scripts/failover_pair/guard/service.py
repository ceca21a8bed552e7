"""guard: keeps everybody but the peer away from keepalived, the tunnel and the agent, by one table of nftables.

`guard run` is the service: it makes the table before keepalived starts and before there is a tunnel, and makes it again
when it was taken away. It works without the bridge too. When the service stops, the table stays.
`guard remove` takes the table away. What is in it: guard/rules.py.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys

from failover_pair import clock, kernel, readers, runfiles, shapes
from failover_pair.guard import table
from failover_pair.journal import log, safe
from failover_pair.kernel import ODD, Problem

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.kernel import Settings

CONFIG = "/etc/failover-pair/config.json"
PERIOD = 60  # seconds between looks that no event has asked for
AGAIN = 1  # after a look that failed


class Guard:
    def __init__(self, config: Settings) -> None:
        self.config = config
        self.readiness = kernel.Readiness(
            runfiles.place(config["runDir"], "guard.json"), "nothing is kept away", "on guard again"
        )

    def look(self) -> None:
        try:
            table.ensure(self.config)
            self.readiness.tell(None)
        except (Problem, *ODD) as problem:
            self.readiness.tell(str(problem))

    def stop(self, _number: int, _frame: object) -> None:
        """The table stays, but nothing watches it any more."""
        with contextlib.suppress(OSError):
            os.unlink(self.readiness.path)
        sys.exit(0)

    def serve(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        links = kernel.events(socket.NETLINK_ROUTE, kernel.LINKS | kernel.ADDRESSES)
        listeners = [links, kernel.events(kernel.NETFILTER, kernel.NFT_GROUP)]
        self.look()
        log("on guard for %s: only %s comes in" % (self.config["address"], self.config["peerAddress"]))
        kernel.notify_ready()
        looked = clock.now()
        due = looked + (AGAIN if self.readiness.problem else PERIOD)
        while True:
            for listener in select.select(listeners, [], [], max(0, due - clock.now()))[0]:
                kinds = kernel.drain(listener)
                # what others put into sets of theirs, perhaps all the time, takes nothing away here
                if listener is links or kinds & {None, *kernel.NFT_DELETED}:
                    due = min(due, looked + 0.05)
            if clock.now() >= due:
                self.look()
                looked = clock.now()
                due = looked + (AGAIN if self.readiness.problem else PERIOD)


def main(arguments: list[str]) -> int:
    if arguments not in (["run"], ["remove"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if arguments == ["remove"]:
            table.remove()
            return 0
        Guard(readers.settings(CONFIG, kernel.SETTINGS)).serve()
    except (Problem, OSError, shapes.Odd) as problem:
        log("guard: %s" % safe(problem), 3)
        return 1
    return 0
