"""alias-switch: makes the cloud agree with keepalived about which node has the virtual IP.

`alias-switch run` is the service (agent.py); the other sub-commands are the operator's tool.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable

from failover_pair import clock, runfiles
from failover_pair.agent import run
from failover_pair.api.client import new_api
from failover_pair.api.errors import ApiError
from failover_pair.api.token import GivenToken, Token, token_from_stdin
from failover_pair.bridge_client import BridgeClient
from failover_pair.checks import refused_checks
from failover_pair.claim import Claim, Demoted
from failover_pair.config import CONFIG, Config, ConfigError
from failover_pair.health import wait_healthy
from failover_pair.journal import safe, scrub
from failover_pair.locks import agent_runs, hold_lock
from failover_pair.nic import is_master, nic_changed, nic_text, vips_on_nic
from failover_pair.prepare import kept_drain, prepare
from failover_pair.runfiles import write_atomically, write_flag
from failover_pair.saved import saved_state
from failover_pair.status import status
from failover_pair.timing import Timing
from failover_pair.vrrp import Fifo
from failover_pair.waiting import wait_until

Command = Callable[[Config, argparse.Namespace], int]


def claim_command(config: Config, options: argparse.Namespace) -> int:
    """Asks the running agent, as only one may claim at a time; does it itself if there is none."""
    if not is_master(config):
        print("this node is not MASTER: `alias-switch drain` on the other one makes it", file=sys.stderr)
        return 1
    if not agent_runs(config):
        hold_lock(config)  # until this process ends
        return claim_alone(config)
    began = clock.now()
    with contextlib.closing(Fifo(config.run("vrrp.fifo"))) as fifo:
        os.write(fifo.fd, b"CLAIM\n")

    def done() -> bool:
        state = saved_state(config)
        return bool(state["confirmed"]) and (state.get("confirmedAt") or 0) > began

    if wait_until(done, options.timeout):
        print("%s is here" % config.what)
        return 0
    error = saved_state(config).get("lastError") or {}
    print("not here after %g s: %s" % (options.timeout, safe(error.get("text", "no error told"))), file=sys.stderr)
    return 1


def claim_alone(config: Config) -> int:
    def gate() -> None:
        if not is_master(config):
            raise Demoted

    try:
        claim = Claim(
            config, new_api(config), Timing(), BridgeClient(config), None, gate, lambda s: time.sleep(max(0, s))
        )
        print("%s %s here" % (config.what, "is now" if claim.move() else "was already"))
        return 0
    except (ApiError, Demoted) as error:
        print("failed: %s" % safe(error if str(error) else "not MASTER any more"), file=sys.stderr)
        return 1


def drain(config: Config, options: argparse.Namespace) -> int:
    was_master = is_master(config)
    if options.keep_after_reboot:
        write_atomically(kept_drain(config), "1\n")
    write_flag(config.run("drain"), 1)
    if was_master and not wait_until(lambda: not is_master(config), 5):
        print("drained, but keepalived keeps the VIP: is it running, and does it track the file?", file=sys.stderr)
        return 1
    print("drained: this node refuses to be MASTER until `alias-switch undrain`")
    return 0


def undrain(config: Config, _options: argparse.Namespace) -> int:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(kept_drain(config))
    write_flag(config.run("drain"), 0)
    print("undrained: this node may be MASTER again")
    return 0


def follow_nic(config: Config, _options: argparse.Namespace) -> int:
    """failover-pair-keepalived.path has seen the agent ask for it; whether it is so is looked at here."""
    index = vips_on_nic(config)[0]
    if index is None or not nic_changed(config, nic_text(index)):
        return 0
    return subprocess.run(["systemctl", "--no-block", "try-restart", "keepalived.service"]).returncode


def refused(config: Config, options: argparse.Namespace) -> int:
    found = refused_checks(config, options.conf)
    for name, why in found.items():
        print("the check %s: %s" % (name, why), file=sys.stderr)
    return 1 if found else 0


def examine(config: Config, token: str) -> tuple[int, str]:
    """(exit code, sentence): 0 good, 1 not good, 2 cannot be told. The write permission is tried by giving this server
    the name that it has."""
    api = new_api(config, GivenToken(token))
    try:
        me = api.server(config.serverId)
        api.call("PUT", "/servers/%d" % config.serverId, {"name": me.name})
        if me.address != config.address:
            return 1, "this token is of another project: server %d has not %s" % (config.serverId, config.address)
        with_peer = "" if api.server_at(config.peerAddress) else "; there is no peer at %s" % config.peerAddress
        return 0, "the token is good: it reads and writes server %s%s" % (me.name, with_peer)
    except ApiError as error:
        reasons = {
            "token-refused": "the API refuses this token",
            "token-read-only": "this token may only read; make one with read and write permission",
            "not-found": "this token is of another project: it knows no server %d" % config.serverId,
        }
        if error.cause in reasons:
            return 1, "%s (%s)" % (reasons[error.cause], error)
        return 2, "the token could not be checked: %s" % error


def check_token(config: Config, options: argparse.Namespace) -> int:
    try:
        token = token_from_stdin() if options.stdin else Token(config.tokenFile).get()
    except (ValueError, ApiError) as error:
        print(error, file=sys.stderr)
        return 1
    code, text = examine(config, token)
    print(safe(scrub(text)), file=sys.stderr if code else sys.stdout)
    return code


def set_token(config: Config, _options: argparse.Namespace) -> int:
    """The old token stays unless the new one is known to work."""
    try:
        token = token_from_stdin()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    code, text = examine(config, token)
    if code:
        print(safe(scrub("%s; the token was not replaced" % text)), file=sys.stderr)
        return code
    os.makedirs(os.path.dirname(config.tokenFile), mode=0o755, exist_ok=True)
    write_atomically(config.tokenFile, token + "\n", 0o400, runfiles.owner(config.runDir))
    print(safe(scrub(text)))
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="alias-switch", description=__doc__.split("\n")[0])
    parser.add_argument("--config", default=CONFIG, help="default: %(default)s")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, function: Command, about: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(function=function)
        return one

    command("run", run, "the service: follows keepalived")
    one = command("status", status, "what this node thinks, and the cloud; exit 0 good, 1 warning, 2 critical")
    one.add_argument("--json", action="store_true")
    one = command("claim", claim_command, "make this node the holder now; it must be MASTER")
    one.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="default: %(default)s")
    one = command("drain", drain, "hand over and refuse to be MASTER")
    one.add_argument("--keep-after-reboot", action="store_true")
    command("undrain", undrain, "may be MASTER again")
    one = command("check-token", check_token, "does the token work? exit 0 yes, 1 no, 2 the API cannot be asked")
    one.add_argument("--stdin", action="store_true", help="the one from standard input instead of the installed one")
    command("set-token", set_token, "install the token from standard input, if it works; exit codes as check-token")
    one = command("wait-healthy", wait_healthy, "exit 0 as soon as this node does its part")
    one.add_argument("--timeout", type=float, default=60, metavar="SECONDS", help="default: %(default)s")
    one.add_argument("--peer-may-be-new", action="store_true", help="the other node is set up after this one")
    one = command(
        "refused", refused, "which checks of a keepalived.conf keepalived would not run, and why; exit 1 if any"
    )
    one.add_argument("conf", nargs="?", help="default: the one in force")
    command("follow-nic", follow_nic, "restart keepalived if the private NIC is another one (a path unit runs it)")
    one = command("prepare", prepare, "make the run folder's files (keepalived.service runs it)")
    one.add_argument("--started", action="store_true", help="keepalived runs: put right what it has written over")
    return parser


def main(words: list[str]) -> int:
    options = arguments().parse_args(words)
    try:
        return int(options.function(Config(options.config), options))
    except (ConfigError, OSError) as error:
        print(safe(scrub("alias-switch: %s" % error)), file=sys.stderr)
        return 3
