"""nic-care: gives this node's private NIC its address and its routes back, and ends as soon as they are there.

The NIC may come late, stay down, or lose its address after the cloud's maintenance, and the image asks for it only
once. failover-pair-nic.service runs this when the address is missing at keepalived's start, when the agent sees it go,
and when keepalived is in FAULT. The metadata service says which NIC it is (by its MAC address) and how it is
configured.
"""

from __future__ import annotations

import os
import re
import subprocess
import time

from failover_pair import readers, shapes, wire
from failover_pair.journal import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CONFIG = "/etc/failover-pair/config.json"
HC_UTILS = "hc-net-ifup@%s.service"  # Hetzner's own package, in older images
OWN_SECONDS = 3.0  # for what the image is doing at this moment
ASKED_SECONDS = 8.0  # for what the image does when it is asked to
METADATA_SECONDS = 10.0
COMMAND_SECONDS = 10
MTU = 1450  # of the cloud's private networks


def run(*words: str) -> tuple[int, str]:
    """(exit code, what it printed)"""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS
        )
    except FileNotFoundError:
        return 127, "%s: not found" % words[0]
    except subprocess.TimeoutExpired:
        return 124, "%s: no end after %d s" % (words[0], COMMAND_SECONDS)
    return done.returncode, done.stdout.decode("utf-8", "replace").strip()


def parse_networks(text: str) -> list[dict[str, str]]:
    """The metadata's list of private networks: {name: value} of each, but for lists within."""
    found: list[dict[str, str]] = []
    for line in text.splitlines():
        start = re.match(r"- ?", line)
        if start:
            found.append({})
        entry = re.match(r"(?:- | {2})([a-z_]+): *(\S.*)$", line)
        if entry and found:
            found[-1][entry[1]] = entry[2].strip().strip("'\"")
    return [{name: value for name, value in network.items() if is_told(name, value)} for network in found]


def is_told(name: str, value: Any) -> bool:
    """Whether the value is of its name's kind: some become arguments of `ip`."""
    kinds: shapes.Kinds = {"ip": shapes.ipv4, "gateway": shapes.ipv4, "network": network_of}
    kind: Callable[[Any], Any] = kinds.get(name, shapes.text)
    try:
        return kind(value) is not None
    except shapes.Odd:
        return False


def network_of(value: str) -> str:
    address, _, length = value.partition("/")
    if shapes.digits(length, 2) not in range(33):
        raise shapes.Odd("not an IPv4 network")
    return shapes.ipv4(address)


def metadata(url: str) -> list[dict[str, str]] | None:
    """None: it does not answer."""
    try:
        text = wire.get(url + "/private-networks", 2.0, 1 << 16)
        return None if text is None else parse_networks(text.decode("utf-8", "replace"))
    except (OSError, ValueError):
        return None


def links() -> list[dict[str, Any]]:
    _code, said = run("ip", "-j", "-4", "address")
    # without -4 a NIC that has no address is listed too
    _more, all_links = run("ip", "-j", "link")
    addresses = {link["ifname"]: link["addr_info"] for link in links_in(said)}
    return [{**link, "addr_info": addresses.get(link["ifname"], [])} for link in links_in(all_links)]


def links_in(said: str) -> list[dict[str, Any]]:
    """What `ip -j` lists, by the fields that are looked at; nothing where it prints something that is not known."""
    kinds = {
        "ifname": shapes.text,
        "flags": shapes.listing,
        "address": shapes.optional(shapes.text),
        "mtu": shapes.whole,
        "addr_info": lambda value: [] if value is None else shapes.list_of(shapes.mapping)(value),
    }
    try:
        # what older versions print for a NIC without an address is an empty object
        return [shapes.fields(link, kinds) for link in shapes.listing(shapes.output(said or "[]")) if link]
    except shapes.Odd:
        return []


def has_address(address: str, link: dict[str, Any]) -> bool:
    return "UP" in link["flags"] and any(one.get("local") == address for one in link["addr_info"])


def has_route(peer: str, link: dict[str, Any]) -> bool:
    """Whether packets to the peer leave by this NIC: a link that was down has lost its routes."""
    try:
        return bool(
            shapes.mapping(shapes.output(run("ip", "-j", "route", "get", peer)[1])[0]).get("dev") == link["ifname"]
        )
    except (ValueError, LookupError, TypeError):
        return False


def own_configuration(name: str) -> tuple[str, ...] | None:
    """The command that makes the image configure this NIC once more; None if it has none."""
    if run("systemctl", "is-active", "--quiet", "systemd-networkd.service")[0] == 0:
        return ("networkctl", "reconfigure", name)
    if run("systemctl", "cat", HC_UTILS % name)[0] == 0:
        return ("systemctl", "restart", HC_UTILS % name)
    if run("ifquery", name)[0] == 0:
        return ("ifup", "--force", name)
    if run("dhclient", "--version")[0] == 0:
        return ("dhclient", "-1", "-nw", name)
    return None


def by_hand(link: dict[str, Any], network: dict[str, str]) -> list[tuple[str, ...]]:
    """What the image's own configuration comes to: the address by itself, and everything else over the gateway."""
    name, address, gateway = link["ifname"], network["ip"], network.get("gateway")
    commands: list[tuple[str, ...]] = (
        [("ip", "link", "set", "dev", name, "mtu", str(MTU))] if link.get("mtu", 0) > MTU else []
    )
    commands.append(("ip", "address", "replace", address + "/32", "dev", name))
    if gateway:
        commands.append(("ip", "route", "replace", gateway + "/32", "dev", name, "scope", "link"))
        if network.get("network"):
            commands.append(("ip", "route", "replace", network["network"], "via", gateway, "dev", name))
    return commands


class Care:
    """One step at a time, each with time to work; `due` is when the next one is."""

    def __init__(self, address: str, url: str) -> None:
        self.address, self.url = address, url
        self.steps: list[str] = []
        self.said: str | None = None
        self.due = OWN_SECONDS

    def say(self, text: str) -> None:
        if text != self.said:
            self.said = text
            log(text, 4)

    def look(self, waited: float, found: list[dict[str, Any]]) -> None:
        """waited: the seconds since the address was missed; found: the links. Does what is due."""
        if waited < self.due:
            return
        if "keepalived" not in self.steps:
            self.steps.append("keepalived")
            self.restart_keepalived(found)
        self.due = waited + METADATA_SECONDS
        networks = metadata(self.url)
        if networks is None:
            self.say("%s is missing, and the metadata service does not tell which NIC it belongs to" % self.address)
            return
        network = next((one for one in networks if one.get("ip") == self.address), None)
        if network is None:
            self.say(
                "the cloud has no NIC with %s at this server: `pulumi up` attaches it to the network" % self.address
            )
            return
        link = next((one for one in found if one.get("address") == network.get("mac_address", "").lower()), None)
        if link is None:
            self.say("the NIC of %s (%s) is not there yet" % (self.address, network.get("mac_address")))
            return
        self.due = waited + self.mend(link, network)

    def restart_keepalived(self, found: list[dict[str, Any]]) -> None:
        """Without its address it hears nothing and takes itself for the MASTER: as soon as the address was back, the
        agent would claim. Its start waits for the address, and it begins as BACKUP."""
        lost = not any(has_address(self.address, link) for link in found)
        if lost and run("systemctl", "is-active", "--quiet", "keepalived.service")[0] == 0:
            self.do("%s is lost" % self.address, ("systemctl", "--no-block", "restart", "keepalived.service"))

    def mend(self, link: dict[str, Any], network: dict[str, str]) -> float:
        """Returns the seconds that it is to be given."""
        name = link["ifname"]
        if "UP" not in link["flags"]:
            self.do("%s is down" % name, ("ip", "link", "set", "dev", name, "up"))
            return OWN_SECONDS
        own = own_configuration(name) if "own" not in self.steps else None
        if own:
            self.steps.append("own")
            self.do("%s has lost %s or its route" % (name, self.address), own)
            return ASKED_SECONDS
        for command in by_hand(link, network):
            self.do("%s has lost %s or its route, and the image does not give it back" % (name, self.address), command)
        return OWN_SECONDS

    def do(self, why: str, command: tuple[str, ...]) -> None:
        code, said = run(*command)
        log("%s: %s%s" % (why, " ".join(command), " (exit %d: %s)" % (code, said) if code else ""), 4)


def main(arguments: list[str]) -> int:
    os.umask(0o022)
    path = arguments[0] if arguments else CONFIG
    try:
        config = readers.settings(path, {"address": shapes.ipv4, "peerAddress": shapes.ipv4, "metadata": shapes.text})
    except (OSError, shapes.Odd) as error:
        log("%s: %s" % (path, error), 3)
        return 1
    care, began = Care(config["address"], config["metadata"]), time.monotonic()
    while True:
        found = links()
        mine = next((link for link in found if has_address(config["address"], link)), None)
        if mine and has_route(config["peerAddress"], mine):
            return 0
        care.look(time.monotonic() - began, found)
        time.sleep(0.5)
