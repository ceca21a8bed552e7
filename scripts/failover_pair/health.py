"""`alias-switch wait-healthy`: the next node of an update is touched only when this one does its part."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from failover_pair import clock, shapes
from failover_pair.api.client import new_api
from failover_pair.api.errors import ApiError
from failover_pair.bridge_client import BridgeClient
from failover_pair.journal import safe, scrub
from failover_pair.locks import agent_runs
from failover_pair.nic import answers, vips_on_nic
from failover_pair.readers import read_flag
from failover_pair.readiness import not_ready
from failover_pair.saved import saved_state
from failover_pair.systemd import unit_now
from failover_pair.talk import Talk
from failover_pair.tracking import note_tracking, tracking_now
from failover_pair.vrrp import LISTENS_SECONDS
from failover_pair.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from failover_pair.config import Config

HEARD = ("sent", "sentBad", "arrived", "arrivedBad", "delivered")  # what `hear` prints
HEARD_SECONDS = (
    3.3  # three adverts of the slowest timing and a little: a node that hears none for so long becomes MASTER
)
LET_IN = "let it in from %s there, for example by: iptables -I INPUT -p 112 -s %s -j ACCEPT"


def hear_program() -> str:
    """The launcher beside the one that runs now: the package itself may be an archive."""
    return os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), "hear")


def listen_for_adverts(config: Config) -> dict[str, int] | None:
    """What `hear` counts, or None where it cannot listen."""
    try:
        words = [hear_program(), str(HEARD_SECONDS), config.path]
        asked = subprocess.run(words, timeout=30, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return {name: shapes.field(shapes.document(asked.stdout), name, shapes.whole) for name in HEARD}
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def unheard(heard: dict[str, int] | None, peer_says: str | None, config: Config, master: bool = True) -> str | None:
    """Why a node that wants to be MASTER and its peer do not hear each other; None if nothing speaks for that.

    heard: what `hear` counted. peer_says: the peer's VRRP state by its agent's own word, "yields" if it is not a MASTER
    only because this node is one, or None. master: whether this node is MASTER, and so sends.
    """
    here, there = config.address, config.peerAddress
    bad = "%s sends VRRP adverts with a wrong checksum, as keepalived 2.2.4 does if it was built with "
    bad += "link-time optimisation "
    bad += "(Ubuntu 22.04): install another version of keepalived there"
    if heard and heard["sentBad"]:
        return bad % here
    if heard and heard["arrivedBad"]:
        return bad % there
    if heard and heard["arrived"] and not heard["delivered"]:
        text = "a firewall on %s drops the peer's VRRP adverts (IP protocol 112): " + LET_IN
        return text % (here, there, there)
    if heard and master and not heard["sent"] and (heard["arrived"] or peer_says in ("MASTER", "yields")):
        text = "a firewall on %s drops the VRRP adverts (IP protocol 112) that keepalived sends: let it out to %s"
        return text % (here, there)
    if heard and heard["arrived"] and master:
        text = "the peer stays MASTER, although its adverts arrive here: the VRRP adverts of %s (IP "
        text += "protocol 112) do not reach "
        text += "keepalived on %s, or the two configurations differ: " + LET_IN
        return text % (here, there, here, here)
    if peer_says == "yields":
        text = (
            "the peer does not hear the VRRP adverts (IP protocol 112) of %s and leaves the address to it for that: "
            + LET_IN
        )
        return text % (here, here, here)
    if peer_says == "MASTER":
        text = "the peer is MASTER too, and none of its VRRP adverts (IP protocol 112) arrives here: let it "
        text += "out on %s and through "
        return (text + "every firewall between the nodes") % there
    return None


class Health:
    """For the rollout: the next node is touched only when this one does its part, and the two nodes hear each other."""

    def __init__(self, config: Config, peer_may_be_new: bool = False) -> None:
        self.config, self.api, self.peer_may_be_new = config, new_api(config), peer_may_be_new
        self.began, self.stays_since = time.time(), clock.now()
        self.stays: str | None = None  # the state that it has been in since then
        self.cause: str | None = None  # why the nodes did not hear each other, the last time that they were seen not to

    def problem(self) -> str | None:
        facts = self.facts()
        if facts["keepalived"] != "active":
            return "keepalived is %s" % facts["keepalived"]
        if facts["agent"] == "running" and facts["drained"] and facts["vrrp"] != "MASTER":
            return None  # its part is to stand aside
        reason = not_ready(facts)
        if facts["vrrp"] != self.stays or reason:
            self.stays, self.stays_since = facts["vrrp"] if not reason else None, clock.now()
        if facts["yields"]:
            self.cause = unheard(listen_for_adverts(self.config), "MASTER", self.config, master=False) or self.cause
            return self.cause or reason
        if reason:
            return reason
        if max(clock.now() - self.stays_since, facts["lasts"] or 0) < HEARD_SECONDS:
            return "%s, not yet long enough to be sure that the nodes hear each other" % facts["vrrp"]
        return self.unheard_master() if facts["vrrp"] == "MASTER" else self.unserved_backup()

    def facts(self) -> dict[str, Any]:
        config, saved, running = self.config, saved_state(self.config), agent_runs(self.config)
        index, on_nic = vips_on_nic(config)
        master = config.vips[0] in on_nic
        error, keepalived = saved.get("lastError") or {}, unit_now("keepalived.service")
        return {
            "vrrp": "MASTER" if master else saved.get("vrrp"),
            "lasts": lasts(saved.get("since"), keepalived.active_for, keepalived.changed_for),
            "interface": index,
            "agent": "running" if running else "not running",
            "keepalived": keepalived.state,
            "keepalivedFor": keepalived.active_for,
            "drained": bool(read_flag(config.run("drain"))),
            "yields": bool(read_flag(config.run("yield"))),
            "service": None,  # its flag is what counts: a service may well be started after this
            "serviceFlag": read_flag(config.run("service")) if config.service else None,
            "tokenValid": saved.get("tokenValid"),
            "apiError": None if error.get("over", True) else error.get("text"),
            "serves": bool(saved.get("confirmed") or saved.get("carriedBy")),
            **tracking_now(config),
        }

    def unheard_master(self) -> str | None:
        """The other one may be away, or not be a member yet: then it says nothing, though it may run a keepalived of
        its own."""
        saved = saved_state(self.config)
        if self.peer_may_be_new and not saved.get("peerKnown"):
            return None  # it is set up after this node, and has to hear it then
        peer_says = peer_state(saved)
        if peer_says not in (None, "MASTER", "yields"):
            return None
        problem = unheard(listen_for_adverts(self.config), peer_says, self.config)
        if problem:
            self.cause = problem
            return problem
        claim = saved.get("lastClaim") or {}
        if not claim.get("from") or claim["at"] < self.began - 60:
            return None
        try:
            peer = self.api.server_at(self.config.peerAddress)
        except ApiError as error:
            return "MASTER, and whether the peer runs is not known: %s" % error
        if peer and peer.name == claim["from"] and peer.status == "running" and answers(self.config):
            text = "the address was taken from %s, which runs but is not heard: let IP protocol 112 and UDP "
            text += "port %d in from %s on it"
            return text % (peer.name, Talk.PORT, self.config.address)
        return None

    def unserved_backup(self) -> str | None:
        """BACKUP is also what keepalived starts as. One that stays it hears a MASTER."""
        try:
            peer = self.api.server_at(self.config.peerAddress)
        except ApiError as error:
            return "BACKUP, and whether the peer serves is not known: %s" % error
        served = (peer and self.config.ours(peer.aliases)) or (
            self.config.bridge and BridgeClient(self.config).peer_serves()
        )
        return None if served else "BACKUP, but no node serves yet"


def lasts(since: float | None, started: float | None, changed: float | None) -> float | None:
    """For how many seconds keepalived has been in its state with the configuration that is in force, or None if
    systemd does not tell. since: when the agent saw the state begin. started, changed: how long ago keepalived did,
    and was loaded anew."""
    if since is None or started is None or changed is None:
        return None
    return max(0.0, min(time.time() - since, started - LISTENS_SECONDS, changed))


def peer_state(saved: dict[str, Any]) -> str | None:
    """The peer's VRRP state by its agent's own word, if that was heard lately."""
    peer = saved.get("peer")
    if not isinstance(peer, dict):
        return None
    state: str | None = peer.get("state")
    return "yields" if peer.get("yields") else "MASTER" if peer.get("master") else state


def wait_healthy(config: Config, options: argparse.Namespace) -> int:
    note_tracking(config)
    health = Health(config, options.peer_may_be_new)
    problem: str | None = None

    def healthy() -> bool:
        nonlocal problem
        problem = health.problem()
        return problem is None

    if wait_until(healthy, options.timeout, 0.5):
        print("healthy")
        return 0
    if health.cause and health.cause not in (problem or ""):
        problem = "%s; before that: %s" % (problem, health.cause)
    print("not healthy after %g s: %s" % (options.timeout, safe(scrub(problem or ""))), file=sys.stderr)
    return 1
