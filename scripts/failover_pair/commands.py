"""The operator's commands that change something: `alias-switch claim`, `drain`, `undrain`, and what units run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time

from failover_pair import clock
from failover_pair.api.client import new_api
from failover_pair.api.errors import ApiError
from failover_pair.bridge_client import BridgeClient
from failover_pair.checks import refused_checks
from failover_pair.claim_commands import Demoted
from failover_pair.claiming import Claim
from failover_pair.journal import safe
from failover_pair.locks import agent_runs, hold_lock
from failover_pair.nic import is_master, nic_changed, nic_text, vips_on_nic
from failover_pair.prepare import kept_drain
from failover_pair.runfiles import write_atomically, write_flag
from failover_pair.saved import saved_state
from failover_pair.timing import Timing
from failover_pair.vrrp import Fifo
from failover_pair.waiting import wait_until

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    import argparse

    from failover_pair.config import Config


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
