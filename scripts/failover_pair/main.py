"""alias-switch: makes the cloud agree with keepalived about which node has the virtual IP.

`alias-switch run` is the service (agent.py); the other sub-commands are the operator's tool. Each imports only what it
needs: keepalived's start waits for `prepare`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import sys

from failover_pair.config import CONFIG, Config, ConfigError
from failover_pair.journal import safe, scrub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Argument = tuple[str, dict[str, Any]]
    Command = tuple[str, str, list[Argument]]  # the function, what it is for, its arguments

TIMEOUT: Argument = ("--timeout", {"type": float, "default": 60, "metavar": "SECONDS", "help": "default: %(default)s"})

FOR_PEOPLE: dict[str, Command] = {
    "status": (
        "status.status",
        "what this node thinks, and the cloud; exit 0 good, 1 warning, 2 critical",
        [("--json", {"action": "store_true"})],
    ),
    "claim": ("commands.claim_command", "make this node the holder now; it must be MASTER", [TIMEOUT]),
    "drain": (
        "commands.drain",
        "hand over and refuse to be MASTER",
        [("--keep-after-reboot", {"action": "store_true"})],
    ),
    "undrain": ("commands.undrain", "may be MASTER again", []),
    "check-token": (
        "tokens.check_token",
        "does the token work? exit 0 yes, 1 no, 2 the API cannot be asked",
        [("--stdin", {"action": "store_true", "help": "the one from standard input instead of the installed one"})],
    ),
    "set-token": (
        "tokens.set_token",
        "install the token from standard input, if it works; exit codes as check-token",
        [],
    ),
}

# what systemd's units and node-setup run
FOR_UNITS: dict[str, Command] = {
    "run": ("agent.run", "the service: follows keepalived", []),
    "wait-healthy": (
        "health.wait_healthy",
        "exit 0 as soon as this node does its part",
        [
            TIMEOUT,
            ("--peer-may-be-new", {"action": "store_true", "help": "the other node is set up after this one"}),
        ],
    ),
    "refused": (
        "commands.refused",
        "which checks of a keepalived.conf keepalived would not run, and why; exit 1 if any",
        [("conf", {"nargs": "?", "help": "default: the one in force"})],
    ),
    "follow-nic": (
        "commands.follow_nic",
        "restart keepalived if the private NIC is another one (a path unit runs it)",
        [],
    ),
    "prepare": (
        "prepare.prepare",
        "make the run folder's files (keepalived.service runs it)",
        [("--started", {"action": "store_true", "help": "keepalived runs: put right what it has written over"})],
    ),
}

COMMANDS = {**FOR_PEOPLE, **FOR_UNITS}


def arguments(first: str | None = None) -> argparse.ArgumentParser:
    """first: the first word of the command line. If that is a command, the others are left out, as a start has no time
    for them."""
    parser = argparse.ArgumentParser(prog="alias-switch", description=__doc__.split("\n")[0])
    parser.add_argument("--config", default=CONFIG, help="default: %(default)s")
    one_only = first in COMMANDS
    metavar = "{%s}" % ",".join(COMMANDS) if one_only else None
    commands = parser.add_subparsers(dest="command", required=True, metavar=metavar)
    for name, (function, about, options) in COMMANDS.items():
        if one_only and name != first:
            continue
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(function=function)
        for option, settings in options:
            one.add_argument(option, **settings)
    return parser


def main(words: list[str]) -> int:
    options = arguments(words[0] if words else None).parse_args(words)
    try:
        module, _, name = options.function.rpartition(".")
        gc.disable()  # importing makes many objects and no garbage: looking for some takes 3 % of a start
        function = getattr(importlib.import_module("failover_pair." + module), name)
        gc.enable()
        return int(function(Config(options.config), options))
    except (ConfigError, OSError) as error:
        print(safe(scrub("alias-switch: %s" % error)), file=sys.stderr)
        return 3
