"""`alias-switch status`: what this node knows, and what the cloud says."""

from __future__ import annotations

import json
import os
import socket

from failover_pair import readers
from failover_pair.api.client import new_api
from failover_pair.api.errors import ApiError
from failover_pair.api.readings import MOST_ALIASES
from failover_pair.bridge_client import BridgeClient
from failover_pair.checks import checks_now
from failover_pair.journal import safe, scrub
from failover_pair.locks import agent_runs
from failover_pair.metadata import metadata_aliases
from failover_pair.nic import vips_on_nic
from failover_pair.prepare import kept_drain
from failover_pair.readers import read_flag
from failover_pair.readiness import not_ready
from failover_pair.saved import saved_state
from failover_pair.systemd import unit_now, unit_state
from failover_pair.tracking import tracking_now
from failover_pair.verdict import bridge_text, journey_text, verdict, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from failover_pair.config import Config


def collect(config: Config) -> dict[str, Any]:
    """Everything `status` shows; nothing in here needs the agent or the API to be alive."""
    saved, running = saved_state(config), agent_runs(config)
    try:
        index, on_nic = vips_on_nic(config)
    except OSError:
        index, on_nic = None, []
    master = config.vips[0] in on_nic
    report = {
        "pair": config.pair,
        "node": config.node,
        "vips": config.vips,
        "vrrp": "MASTER" if master else (saved.get("vrrp") or "unknown") if running else "unknown",
        "since": saved.get("since"),
        "interface": socket.if_indextoname(index) if index else None,
        "vipsOnNic": on_nic,
        "agent": "running" if running else "not running",
        **told_by_the_machine(config, master),
        "holderByMetadata": None,
        "holderByApi": None,
        "apiError": None,
        "room": None,
        **told_by_the_agent(config, saved, running, master),
    }
    aliases = metadata_aliases(config)
    if aliases is not None:
        here = config.complete(aliases)
        report["holderByMetadata"] = config.node if here else "not " + config.node
    ask_api(config, report)
    confirmed = running and bool(saved.get("confirmed"))
    report["serves"] = confirmed or report["carriedBy"] is not None or report["holderByApi"] == config.node
    report["notReady"] = not_ready(report)
    report["ready"] = report["notReady"] is None
    report["verdict"], report["exit"] = verdict(report)
    return report


def told_by_the_machine(config: Config, master: bool) -> dict[str, Any]:
    """What systemd, keepalived's track files and the two services with privileges say."""
    keepalived = unit_now("keepalived.service")
    return {
        "drained": bool(read_flag(config.run("drain"))),
        "yields": bool(read_flag(config.run("yield"))),
        "drainedAfterReboot": os.path.exists(kept_drain(config)),
        "keepalived": keepalived.state,
        "keepalivedFor": keepalived.active_for,
        **tracking_now(config),
        "service": unit_state(config.service) if config.service else None,
        "serviceFlag": read_flag(config.run("service")),
        "checks": checks_now(config),
        "bridge": readers.read_fields(config.run("bridge.json"), readers.BRIDGE) if config.bridge else None,
        "carries": None if master or not config.bridge else BridgeClient(config).peer_serves(),
        "guard": readers.read_fields(config.run("guard.json"), readers.BRIDGE),
    }


def told_by_the_agent(config: Config, saved: dict[str, Any], running: bool, master: bool) -> dict[str, Any]:
    """What agent.json says, as far as it holds now."""
    return {
        "lastClaim": saved.get("lastClaim"),
        "lastError": saved.get("lastError"),
        "carriedBy": saved.get("carriedBy") if master and running else None,
        "journey": journey_known(saved, master) if config.bridge and running else None,
        "notCarried": saved.get("notCarried") if config.bridge else None,
        "hearsVrrp": saved.get("hearsVrrp") if running else None,
        "alone": alone(saved) if master and running else None,
        "otherVersion": bool(saved.get("otherVersion")) and running,
        "followsAt": saved["at"] + saved["followsIn"] if None not in (saved["at"], saved["followsIn"]) else None,
        "requestsLeft": saved.get("requestsLeft"),
        "tokenValid": saved.get("tokenValid"),
    }


def journey_known(saved: dict[str, Any], master: bool) -> dict[str, Any] | None:
    """Whether a failover would be carried, as the BACKUP found: this node itself, or the peer, which has told."""
    peer = saved.get("peer") or {}
    found = peer.get("journey") if master else saved.get("journey")
    return found if isinstance(found, dict) else None


def alone(saved: dict[str, Any]) -> str | None:
    """Why the other node could not take over from this one, as far as its agent tells; None if it could."""
    peer = saved.get("peer")
    if not isinstance(peer, dict) and saved.get("listening"):
        return None
    if not isinstance(peer, dict):
        return "the other node is silent: it is off or cut off, or its alias-switch does not run"
    return (
        None
        if peer.get("state") in ("MASTER", "BACKUP")
        else "the other node is %s" % (peer.get("state") or "starting")
    )


def ask_api(config: Config, report: dict[str, Any]) -> None:
    api = new_api(config)
    try:
        me = api.server(config.serverId)
        theirs = [alias for alias in me.aliases if alias not in config.vips]
        report["room"] = len(theirs) + len(config.vips) <= MOST_ALIASES
        if config.complete(me.aliases):
            report["holderByApi"] = config.node
        else:
            peer = api.server_at(config.peerAddress)
            report["holderByApi"] = peer.name if peer and config.ours(peer.aliases) else "neither node of the pair"
    except ApiError as error:
        report["apiError"] = "%s (%s)" % (error, error.cause)
    report["requestsLeft"] = api.left if api.left is not None else report["requestsLeft"]
    # reading works with a read-only token: that it is one, only the agent knows
    if api.token_valid is not None and not (report["agent"] == "running" and report["tokenValid"] is False):
        report["tokenValid"] = api.token_valid


def status(config: Config, options: argparse.Namespace) -> int:
    report = collect(config)
    if options.json:
        print(scrub(json.dumps(report, indent=2)))
        return int(report["exit"])
    claim, error = report["lastClaim"], report["lastError"]
    rows = [
        ("pair", "%s, this is %s, VIP %s" % (report["pair"], report["node"], ", ".join(report["vips"]))),
        ("VRRP", "%s since %s" % (report["vrrp"], when(report["since"]))),
        ("VIP on NIC", "%s on %s" % (", ".join(report["vipsOnNic"]) or "none", report["interface"] or "no NIC")),
        ("holder", "%s (API), %s (metadata)" % (report["holderByApi"] or "?", report["holderByMetadata"] or "?")),
        ("drained", ("yes" if report["drained"] else "no") + (", also after a reboot" * report["drainedAfterReboot"])),
        ("units", "alias-switch %s, keepalived %s" % (report["agent"], report["keepalived"] or "?")),
        ("service", "%s %s" % (config.service, report["service"] or "?") if config.service else "none watched"),
        ("checks", ", ".join("%s %s" % check for check in report["checks"].items()) or "none"),
        ("ready", "yes" if report["ready"] else "no: %s" % report["notReady"]),
        ("bridge", bridge_text(report)),
        ("API", "%s requests left" % (report["requestsLeft"] if report["requestsLeft"] is not None else "?")),
    ]
    if claim:
        steps = ", ".join("%s %d ms" % (name, spent * 1000) for name, spent in claim["steps"].items())
        rows.append(("last claim", "%s in %.2f s: %s" % (when(claim["at"]), claim["seconds"], steps)))
    missed = report["notCarried"]
    if missed:
        rows.append(("not carried", "%s: %s" % (when(missed["at"]), journey_text(missed))))
    found = report["journey"]
    if found:
        rows.append(("journey", "answered: a failover would be carried" if found["ok"] else journey_text(found)))
    if error:
        rows.append(("last error", "%s%s: %s" % (when(error["at"]), ", over" * bool(error.get("over")), error["text"])))
    rows.append((("OK", "WARNING", "CRITICAL")[report["exit"]], report["verdict"]))
    print("\n".join("%-11s %s" % (name, safe(scrub(text))) for name, text in rows))
    return int(report["exit"])
