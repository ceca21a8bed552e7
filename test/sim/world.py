"""Everything of one story: the time, the network, the cloud and the two nodes."""

from __future__ import annotations

import ipaddress
import random
from typing import TYPE_CHECKING

from sim.cloud import NETWORK, Cloud
from sim.network import Network
from sim.node import Node
from sim.rules import Rules
from sim.scheduler import Scheduler
from sim.seam import install

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sim.cloud import Server

VIPS = ["10.0.1.1", "10.0.1.100", "10.0.1.101"]
FOREIGN = ["10.0.1.50", "10.0.1.51", "10.0.1.52", "10.0.1.53"]
INTERVALS = (0.2, 0.5, 1.0)


class World:
    def __init__(self, seed: int, telling: bool = False) -> None:
        self.seed, self.telling = seed, telling
        self.chance = random.Random(seed)
        self.fault_chance = self.chance  # of the fault that begins, so that it is the same without the others
        self.scheduler = Scheduler()
        self.told: list[str] = []
        self.draw_pair()
        self.network = Network(self.scheduler, self.chance)
        self.cloud = Cloud(self.scheduler, self.chance)
        self.draw_cloud()
        self.normal = self.cloud.latency, self.cloud.duration
        self.metadata_failed = False
        self.a, self.b = (self.make_node(*one) for one in (("a", 1, 250), ("b", 2, 240)))
        self.nodes = [self.a, self.b]
        self.other = self.cloud.add(3, "other", "10.0.1.9")  # not of this pair
        self.a.peer, self.b.peer = self.b, self.a
        self.node = self.a
        self.promotions = 0
        self.answered = 0  # the promotion of the node that answered last for some seconds
        self.answering: int | None = None  # the promotion of the node that answers now
        self.answering_since = 0.0
        self.by_hand = False  # the alias may be where no promotion has brought it
        self.states: set[tuple[object, ...]] = set()
        self.rules = Rules(self)
        self.cloud.watch, self.cloud.changed = self.rules.accepted, self.rules.changed
        install(self)

    def draw_pair(self) -> None:
        self.interval = self.chance.choice(INTERVALS)
        self.vips = VIPS[: self.chance.choice([1, 1, 1, 2, 3])]
        self.follow = self.chance.choice([None, "afterGrace", "afterGrace", "immediately", "ifUnreachable"])
        self.grace = self.chance.choice([5.0, 30.0])
        self.verify = self.chance.choice([30.0, 30.0, 10.0])

    def draw_cloud(self) -> None:
        chance, cloud = self.chance, self.cloud
        cloud.latency = chance.choice([(0.01, 0.05), (0.02, 0.08), (0.05, 0.3)])
        cloud.duration = chance.choice([(0.2, 0.4), (0.4, 1.2), (0.8, 0.9), (1.0, 6.0)])
        cloud.refusal_code = chance.choice(["ip_not_available", "no_subnet_available"])
        cloud.has_members = chance.random() < 0.7
        cloud.metadata_lag = chance.choice([0.0, 0.3, 1.0])

    def make_node(self, name: str, number: int, priority: int) -> Node:
        addresses = ["10.0.1.2", "10.0.1.3"]
        settings = {
            "pair": "pair",
            "node": name,
            "serverId": number,
            "networkId": NETWORK,
            "address": addresses[number - 1],
            "peerAddress": addresses[2 - number],
            "vips": self.vips,
            "endpoint": "https://api.invalid/v1",
            "service": "web.service",
            "verifySeconds": self.verify,
            "ports": ["80/tcp"],
            "bridge": self.follow
            and {"follow": self.follow, "graceSeconds": self.grace, "interval": max(0.2, self.interval)},
        }
        node = Node(self, name, settings, priority)
        node.server = self.cloud.add(number, name, node.address)
        assert ipaddress.IPv4Address(node.address)
        return node

    # -- time

    @property
    def now(self) -> float:
        return self.scheduler.now

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.scheduler.after(seconds, call)

    def enter(self, node: Node) -> None:
        """The code that runs from now on is this node's."""
        self.node = node

    # -- the story

    def tell(self, text: str) -> None:
        line = "%9.3f  %s" % (self.now, text)
        self.told.append(line)
        if self.telling:
            print(line)

    def told_api(
        self, node: Node, method: str, path: str, body: str | None, status: int, document: dict[str, Any]
    ) -> None:
        if method != "GET" or status >= 400 or self.telling:
            code = (document.get("error") or {}).get("code", "")
            self.tell("%s: %s %s %s → %d %s" % (node.name, method, path, body or "", status, code))

    # -- what is true

    def promoted(self, node: Node) -> None:
        self.promotions += 1
        node.promotion = self.promotions
        self.rules.causes += bool(self.network.loss)  # each series of lost adverts is one

    def cut_off(self, name: str, more: int) -> None:
        """A node that stands still: nothing arrives there and nothing leaves."""
        for sender in ("a", "b"):
            self.network.cut(sender, "all", more)
        self.cloud.unreachable[name] += more

    def holder(self) -> Server | None:
        """The server that has every VIP."""
        for one in self.cloud.servers.values():
            aliases = one.aliases
            if self.vips[0] in aliases and all(vip in aliases for vip in self.vips):
                return one
        return None

    def masters(self) -> list[Node]:
        return [one for one in self.nodes if one.is_master and one.up]

    def serves(self) -> Node | None:
        """The node whose service answers a new connection to the VIPs."""
        holder = next((one for one in self.nodes if one.server is self.holder()), None)
        if holder is None or not holder.alive:
            return None
        if holder.is_master:
            return None if holder.flag("service") else holder
        peer = holder.peer
        carried = self.follow and self.network.passes("a", "tunnel") and self.network.passes("b", "tunnel")
        knows = peer.files.get(peer.path("holder"), "").strip() == "peer"
        return peer if carried and knows and peer.alive and peer.is_master and not peer.flag("service") else None

    def gave_way(self) -> bool:
        """Whether a MASTER waits before it claims again, as the peer took the alias: up to 15 min."""
        return any(
            state.dispute.reclaim_at < float("inf") for state in (one.agent_state for one in self.nodes) if state
        )

    def note_state(self) -> None:
        """What kinds of situation were seen."""
        holder = self.holder()
        parts: list[object] = [holder and holder.name]
        for one in self.nodes:
            found = one.agent_state
            parts += [one.keepalived.state, one.alive, one.server.locked, self.cloud.unreachable[one.name] > 0]
            if found is not None:
                dispute = found.dispute
                parts += [found.role.master, found.role.confirmed, found.carried.by is not None, found.yielding.on]
                parts += [found.yielding.trying, dispute.mandate, dispute.edge, min(dispute.undone, 3)]
                parts += [dispute.reclaim_at < float("inf"), dispute.lower.ends < float("inf"), found.claims.insist]
        parts += sorted(key for key, count in self.network.cuts.items() if count)
        self.states.add(tuple(parts))
