"""node-setup COMMAND: makes this server a member of a pair. FailoverPair runs it over SSH, with its input on stdin.

install    {"packages": [...], "installScript": "..." or null}       Debian's or Ubuntu's packages, the user's script
agent      {"files": [{"path", "mode", "content" or "gzip"}, ...]}   alias-switch and what stands around it
token      the API token itself                                      it replaces the old one if it works
configure  {"address", "keepalivedConf", "service", "files": [...],  keepalived's: tried, put in force, watched
            "changedFirst"}
join       nothing                                                   the node that was changed first stands aside no
more

Every command may be repeated and then changes nothing. Quiet when all is well, but for `configure`, which says when it
left the node standing aside; else exit 1 and what is wrong. No secret is printed or put into an argument.
"""

from __future__ import annotations

import json
import os
import sys

from failover_pair.setup.agent import AgentStep
from failover_pair.setup.keepalived import KeepalivedStep
from failover_pair.setup.node import Failed
from failover_pair.setup.packages import Packages


class Setup(Packages, AgentStep, KeepalivedStep):
    """Every step; what the steps share is in Node."""


def main(arguments: list[str]) -> int:
    setup = Setup()
    commands = {"install": setup.install, "agent": setup.agent, "configure": setup.configure}
    if len(arguments) != 1 or arguments[0] not in [*list(commands), "token", "join"]:
        print(__doc__, file=sys.stderr)
        return 2
    os.umask(0o022)
    try:
        if arguments[0] == "token":
            setup.token(sys.stdin.read())
        elif arguments[0] == "join":
            setup.join()
        else:
            commands[arguments[0]](json.load(sys.stdin))
    except (Failed, OSError, ValueError, KeyError) as error:
        print("node-setup %s: %s" % (arguments[0], error), file=sys.stderr)
        return 1
    return 0
