"""alias-switch: makes the cloud agree with keepalived about which node has the virtual IP.

`alias-switch run` is the service (agent.py); the other sub-commands are the operator's tool. Each imports only what it
needs: keepalived's start waits for `prepare`.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from failover_pair.config import CONFIG, Config, ConfigError
from failover_pair.journal import safe, scrub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Add = Callable[[str, str, str], argparse.ArgumentParser]  # name, function, what it is for


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alias-switch", description=__doc__.split("\n")[0])
    parser.add_argument("--config", default=CONFIG, help="default: %(default)s")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, function: str, about: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(function=function)
        return one

    add_for_people(command)
    add_for_units(command)
    return parser


def add_for_people(command: Add) -> None:
    one = command("status", "status.status", "what this node thinks, and the cloud; exit 0 good, 1 warning, 2 critical")
    one.add_argument("--json", action="store_true")
    one = command("claim", "commands.claim_command", "make this node the holder now; it must be MASTER")
    one.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="default: %(default)s")
    one = command("drain", "commands.drain", "hand over and refuse to be MASTER")
    one.add_argument("--keep-after-reboot", action="store_true")
    command("undrain", "commands.undrain", "may be MASTER again")
    one = command(
        "check-token", "tokens.check_token", "does the token work? exit 0 yes, 1 no, 2 the API cannot be asked"
    )
    one.add_argument("--stdin", action="store_true", help="the one from standard input instead of the installed one")
    command(
        "set-token", "tokens.set_token", "install the token from standard input, if it works; exit codes as check-token"
    )


def add_for_units(command: Add) -> None:
    """What systemd's units and node-setup run."""
    command("run", "agent.run", "the service: follows keepalived")
    one = command("wait-healthy", "health.wait_healthy", "exit 0 as soon as this node does its part")
    one.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="default: %(default)s")
    one.add_argument("--peer-may-be-new", action="store_true", help="the other node is set up after this one")
    one = command(
        "refused",
        "commands.refused",
        "which checks of a keepalived.conf keepalived would not run, and why; exit 1 if any",
    )
    one.add_argument("conf", nargs="?", help="default: the one in force")
    command(
        "follow-nic",
        "commands.follow_nic",
        "restart keepalived if the private NIC is another one (a path unit runs it)",
    )
    one = command("prepare", "prepare.prepare", "make the run folder's files (keepalived.service runs it)")
    one.add_argument("--started", action="store_true", help="keepalived runs: put right what it has written over")


def main(words: list[str]) -> int:
    options = arguments().parse_args(words)
    try:
        module, _, name = options.function.rpartition(".")
        function = getattr(importlib.import_module("failover_pair." + module), name)
        return int(function(Config(options.config), options))
    except (ConfigError, OSError) as error:
        print(safe(scrub("alias-switch: %s" % error)), file=sys.stderr)
        return 3
