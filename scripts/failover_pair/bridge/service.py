"""bridge: carries packets for the virtual IPs from the node that has the alias to the node that is MASTER.

Only the cloud's API moves an alias, and that takes seconds. Until then the cloud goes on sending to the former master,
which is usually alive: its service died, or it was drained. There the packets are put into a VXLAN tunnel to the peer,
and the answers come back the same way, since the cloud drops what a server sends from an alias that it does not have.

`bridge run` is the service: it makes what is listed below and makes it again whenever a part was removed.
`bridge remove` takes everything away. Nothing here is switched at a failover: keepalived's address on the NIC decides
by itself whether a packet is for this node or for the tunnel. Only the way back of answers follows the holder, which
the agent writes into its run folder. This service has no token, and the failover works without it.

The guard    its table comes first, and the tunnel is shut while it is not there (guard/service.py, guard/rules.py)
The tunnel   vip-tunnel, VXLAN between the two private addresses, and its gate (bridge/tunnel.py)
Rules        from the tunnel to a VIP that is not here: dropped, so nothing loops
             from the NIC to a VIP that is not here: into the tunnel
             answers from a VIP, while the peer is the holder: into the tunnel
             from the NIC to a stand-in of a VIP, which is the peer's question while this node serves: into the tunnel
             answers of a connection that came out of the tunnel, a container's too: into the tunnel
             from the NIC to anything else that is not here: dropped, unless this node was a router before
nftables     the table `failover-pair`: what the tunnel may carry, that this node forwards nothing else because of it,
             and the journey of the agents' questions (bridge/rules.py)
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys

from failover_pair import clock, journey, kernel, readers, runfiles, shapes
from failover_pair.bridge import suspects, tunnel
from failover_pair.bridge.routing import NIC_ROUTES, ROUTES, RULES, rule_lines, rule_text, wanted_rules
from failover_pair.bridge.rules import TABLE, ruleset
from failover_pair.guard import table
from failover_pair.guard.rules import TUNNEL
from failover_pair.journal import log, safe
from failover_pair.kernel import ODD, SETTINGS, Problem, addresses, inner, ip, read_file, run, set_kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.kernel import Settings

CONFIG = "/etc/failover-pair/config.json"
HOLDERS = ("self", "peer")
PERIOD = 60  # seconds between looks that no event has asked for
AGAIN = 1  # after a look that found what it cannot mend
GROUPS = kernel.LINKS | kernel.FILTERS | kernel.ADDRESSES | kernel.ROUTES | kernel.RULES | kernel.SWITCHES
# a packet that fits a connection of this node's own, perhaps one that was closed a minute ago (TIME_WAIT), is given to
# that before its route is looked up, and is then not forwarded any more (ip_forward in Linux)
DEMUX = ("tcp_early_demux", "udp_early_demux")


class Bridge:
    def __init__(self, config: Settings) -> None:
        self.config = config
        self.holder: str | None = None
        self.readiness = kernel.Readiness(self.path("bridge.json"), "packets are not carried", "ready again")
        self.own, self.peer = inner(config)

    def path(self, name: str) -> str:
        return runfiles.place(self.config["runDir"], name)

    def nic(self) -> dict[str, Any]:
        link = kernel.nic_with(self.config["address"])
        if link is None:
            raise Problem("no NIC has %s" % self.config["address"])
        return link

    def look(self) -> None:
        """Makes whatever is missing: filters first, then the tunnel, then what is sent into it."""
        shut = True
        try:
            nic, routes_others = self.nic(), read_file("/proc/sys/net/ipv4/ip_forward") == "1"
            self.switch_demux()
            table.ensure(self.config)
            self.ensure_nft(nic["ifname"], routes_others)
            tunnel.ensure(self.config, nic, self.own, self.peer)
            shut = False
            set_kernel("conf/%s/rp_filter" % TUNNEL, "2")
            self.ensure_routes(nic["ifname"])
            self.ensure_rules(nic, routes_others)
            for interface in (TUNNEL, nic["ifname"]):
                set_kernel("conf/%s/forwarding" % interface, "1")
            self.readiness.tell(None)
        except (Problem, OSError, subprocess.SubprocessError) as problem:
            self.readiness.tell(str(problem))
        except ODD as odd:
            self.readiness.tell("ip or nft told something in another shape: %s %s" % (type(odd).__name__, odd))
        if shut:
            with contextlib.suppress(Problem, *ODD):
                tunnel.shut()

    def ensure_routes(self, nic: str) -> None:
        self.ensure_route(ROUTES, self.peer, TUNNEL)
        # the way that packets for the peer take: a question is brought to the holder by the cloud
        way: dict[str, Any] = next(
            iter(ip("-4", "route", "get", self.config["peerAddress"], "from", self.config["address"])), {}
        )
        if way.get("dev") == nic:
            self.ensure_route(NIC_ROUTES, str(way.get("gateway") or self.config["peerAddress"]), nic)

    def ensure_route(self, table: int, gateway: str, device: str) -> None:
        routes = ip("-4", "route", "show", "table", str(table))
        if [(route.get("dst"), route.get("gateway"), route.get("dev")) for route in routes] != [
            ("default", gateway, device)
        ]:
            run("ip", "route", "replace", "default", "via", gateway, "dev", device, "onlink", "table", str(table))

    def ensure_rules(self, nic: dict[str, Any], routes_others: bool) -> None:
        present, holder = ours(ip("-4", "rule")), self.holder
        if holder is None:  # the agent has not told yet: a MASTER, and nothing was carried until now
            holder = "self" if self.config["vips"][0] in addresses(nic) else "peer"
        lines = rule_lines(present, wanted_rules(self.config["vips"], nic["ifname"], self.own, holder, routes_others))
        if lines:
            run("ip", "-4", "-batch", "-", stdin="\n".join(lines) + "\n")

    def ensure_nft(self, nic: str, routes_others: bool) -> None:
        mark, text = ruleset(self.config, nic, self.own, self.peer, routes_others)
        if not kernel.table_is(TABLE, mark):
            kernel.load_table(TABLE, text)

    def switch_demux(self) -> None:
        """Off; what others had set is kept for `remove`, until the next boot sets it again."""
        kept = self.path("demux.json")
        if not os.path.exists(kept):
            # with a tunnel an older bridge has switched it off already, and did not keep what it was
            names = () if tunnel.link() else DEMUX
            with contextlib.suppress(OSError):  # a full disk
                kernel.write_file(kept, json.dumps({name: read_file("/proc/sys/net/ipv4/" + name) for name in names}))
        for name in DEMUX:
            set_kernel(name, "0")

    def answer(self, question: str) -> dict[str, Any]:
        """What the agent asks: how far the journeys' counters are, and what others' rules tell."""
        known: dict[str, Any] = {"counters": counters()}
        if question == "explain":
            # others' rules may be of a shape that no nft had so far: they explain only, so they end nothing
            with contextlib.suppress(Exception):
                # terse: a list of 50,000 addresses would take a second, in which this service does not hear who the
                # holder is
                rules = shapes.output(run("nft", "-json", "--terse", "list", "ruleset"))
                known["suspects"] = suspects.suspects(rules)
                known["published"] = suspects.published(rules, [*self.config["vips"], self.config["address"]])
        return known

    # -- the service

    def serve(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        nft = kernel.events(kernel.NETFILTER, kernel.NFT_GROUP)
        listeners = [kernel.events(socket.NETLINK_ROUTE, GROUPS), nft]
        door = agents_door(self.path("bridge.sock"))
        holder = read_file(self.path("holder"))
        self.holder = holder if holder in HOLDERS else None
        self.look()
        ends = (", ".join(self.config["vips"]), self.config["address"], self.config["peerAddress"])
        log("%s: carried between %s and %s" % ends)
        kernel.notify_ready()
        looked, due = clock.now(), clock.now() + (AGAIN if self.readiness.problem else PERIOD)
        while True:
            ready, _, _ = select.select([*listeners, door], [], [], max(0, due - clock.now()))
            if door in ready:
                self.at_the_door(door)
            for listener in listeners:
                if listener in ready:
                    after = self.concerns(kernel.drain(listener), listener is nft)
                    due = min(due, max(clock.now() + 0.05, looked + after))
            if clock.now() >= due:
                self.look()
                looked, due = clock.now(), clock.now() + (AGAIN if self.readiness.problem else PERIOD)

    @staticmethod
    def concerns(kinds: set[int | None], of_nft: bool) -> float:
        """How many seconds after the last look these messages of the kernel ask for the next one."""
        if not of_nft:
            return 1  # changes come in bursts, our own among them
        # what others add takes nothing away here; but without a table the tunnel is shut
        return 0.2 if kinds & {None, *kernel.NFT_DELETED} else PERIOD

    def at_the_door(self, door: socket.socket) -> None:
        word, sender = door.recvfrom(64)
        with contextlib.suppress(Problem, *ODD):  # the next look tells what is wrong
            if word in (b"count", b"explain"):
                if not sender:  # the agent could not bind its own socket, so it cannot be answered
                    return
                door.sendto(json.dumps(self.answer(word.decode())).encode(), socket.MSG_DONTWAIT, sender)
            elif word.decode() in HOLDERS:
                self.holder = word.decode()
                self.ensure_rules(self.nic(), read_file("/proc/sys/net/ipv4/ip_forward") == "1")


def counters() -> dict[str, int]:
    listed = shapes.output(run("nft", "-json", "list", "counters", "table", "ip", TABLE))["nftables"]
    found = [entry["counter"] for entry in listed if "counter" in entry]
    return {one["name"]: shapes.whole(one["packets"]) for one in found if one["name"] in journey.COUNTERS}


def stop(_number: int, _frame: object) -> None:
    """What is there stays and works on: the service may only be restarted."""
    sys.exit(0)


def agents_door(path: str) -> socket.socket:
    """Where the agent says who the holder is, and asks about journeys."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    door.bind(path)
    os.chmod(path, 0o660)  # its group is the agent's
    return door


def ours(rules: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(rule["priority"], rule_text(rule)) for rule in rules if RULES <= rule["priority"] < RULES + 80]


def remove(bridge: Bridge) -> None:
    """No trace stays. The NIC's `forwarding` is left to who has made this node a router."""
    tunnel.remove()
    if read_file("/proc/sys/net/ipv4/ip_forward") == "0":
        set_kernel("conf/%s/forwarding" % bridge.nic()["ifname"], "0")
    for preference, _ in ours(ip("-4", "rule")):
        run("ip", "-4", "rule", "del", "pref", str(preference))
    if ip("-4", "route", "show", "table", str(NIC_ROUTES)):
        run("ip", "-4", "route", "flush", "table", str(NIC_ROUTES))
    kernel.remove_table(TABLE)
    kept = json.loads(read_file(bridge.path("demux.json")) or "{}")
    for name in DEMUX:
        set_kernel(name, kept.get(name) or "1")
    for name in ("bridge.json", "bridge.sock", "demux.json", "agent.sock", "holder"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(bridge.path(name))


def main(arguments: list[str]) -> int:
    if arguments not in (["run"], ["remove"]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        bridge = Bridge(readers.settings(CONFIG, SETTINGS))
    except (OSError, shapes.Odd) as error:
        log("%s: %s" % (CONFIG, error), 3)
        return 1
    if arguments == ["run"]:
        bridge.serve()
    try:
        remove(bridge)
    except (Problem, *ODD) as problem:
        print("bridge: %s" % safe(problem), file=sys.stderr)
        return 1
    return 0
