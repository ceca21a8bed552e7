"""The tunnel `vip-tunnel`: VXLAN between the two private addresses, and its gate.

The gate is a filter of the kernel's traffic control on the tunnel itself: it lets out what two tables of nftables have
marked, the guard's and the bridge's. When nftables are flushed, the marks are gone too, so the tunnel is shut
before any program could react. It is there before the link is up; without it the link goes down.
"""

from __future__ import annotations

import os

from failover_pair.guard.rules import CHECKED, MARK_MASK, PORT, SOURCE_PORTS, TUNNEL
from failover_pair.kernel import Problem, addresses, ip, read_file, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.kernel import Settings

OVERHEAD = 50  # VXLAN over IPv4: 14 Ethernet + 8 VXLAN + 8 UDP + 20 IP
# classic BPF: load the packet's mark, keep the pair's bits, and let it pass (TC_ACT_OK) if both tables set theirs, else
# drop it (TC_ACT_SHOT)
GATE = "5,32 0 0 4294963220,84 0 0 %d,21 0 1 %d,6 0 0 0,6 0 0 2" % (MARK_MASK, CHECKED)
NO_IPV6 = "/proc/sys/net/ipv6/conf/%s/disable_ipv6" % TUNNEL


def mac(address: str) -> str:
    """A locally administered one, known to both ends: no ARP, so the first packet has not to wait for an answer."""
    return "02:0a:" + ":".join("%02x" % int(part) for part in address.split("."))


def link() -> dict[str, Any]:
    """The tunnel as `ip -json` tells it; empty if there is none."""
    return next(iter(ip("-details", "link", "show", "dev", TUNNEL)), {})


def ensure(config: Settings, nic: dict[str, Any], own: str, peer: str) -> None:
    """Makes what is missing of it; the link is up only behind its gate. nic: as `ip -json` tells it."""
    ensure_link(config, nic)
    ensure_gate()
    if "UP" not in link().get("flags", []):
        run("ip", "link", "set", TUNNEL, "up")
    if own not in addresses(next(iter(ip("-4", "address", "show", "dev", TUNNEL)), {})):
        run("ip", "address", "add", own, "peer", peer + "/32", "dev", TUNNEL)
    neighbours = ip("neighbour", "show", "dev", TUNNEL)
    known = [one.get("lladdr") for one in neighbours if one.get("dst") == peer and "PERMANENT" in one["state"]]
    if known != [mac(config["peerAddress"])]:
        run("ip", "neighbour", "replace", peer, "lladdr", mac(config["peerAddress"]), "dev", TUNNEL, "nud", "permanent")


def ensure_link(config: Settings, nic: dict[str, Any]) -> None:
    mtu, found = nic["mtu"] - OVERHEAD, link()
    data = found.get("linkinfo", {}).get("info_data", {})
    shape = [data.get(name) for name in ("id", "local", "remote", "port", "link", "port_range")]
    sources = {"low": SOURCE_PORTS[0], "high": SOURCE_PORTS[1] + 1}  # the kernel's range ends before its last number
    if (
        shape == [PORT, config["address"], config["peerAddress"], PORT, nic["ifname"], sources]
        and found.get("mtu") == mtu
    ):
        return
    remove()
    ends = "id %d local %s remote %s dstport %d" % (PORT, config["address"], config["peerAddress"], PORT)
    made = "link add %s address %s mtu %d type vxlan %s srcport %d %d dev %s nolearning"
    run("ip", *(made % (TUNNEL, mac(config["address"]), mtu, ends, *sources.values(), nic["ifname"])).split())
    if read_file(NO_IPV6) == "0":
        with open(NO_IPV6, "w") as file:
            file.write("1")


def gated() -> bool:
    """Whether the gate is the one filter of what comes out of the tunnel."""
    lines = run("tc", "filter", "show", "dev", TUNNEL, "ingress").strip().splitlines()
    filters = [line for line in lines if " handle " in line]
    return len(filters) == 1 and " direct-action " in filters[0] and "bytecode '%s'" % GATE in filters[0]


def ensure_gate() -> None:
    if gated():
        return
    run("ip", "link", "set", TUNNEL, "down")
    if "ingress" in run("tc", "qdisc", "show", "dev", TUNNEL):
        run("tc", "qdisc", "delete", "dev", TUNNEL, "ingress")
    run("tc", "qdisc", "add", "dev", TUNNEL, "ingress")
    words = ("protocol", "all", "prio", "1", "bpf", "direct-action", "bytecode", GATE)
    run("tc", "filter", "add", "dev", TUNNEL, "ingress", *words)
    if not gated():
        raise Problem(
            "tc has made another filter than it was told: %s" % run("tc", "filter", "show", "dev", TUNNEL, "ingress")
        )


def shut() -> None:
    """Nothing gets through any more."""
    if "UP" in link().get("flags", []):
        run("ip", "link", "set", TUNNEL, "down")


def remove() -> None:
    if os.path.exists("/sys/class/net/" + TUNNEL):
        run("ip", "link", "delete", TUNNEL)
