"""What must never happen (safety), at every step, and what must have happened in the end (liveness)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sim.cloud import MOST_ALIASES

if TYPE_CHECKING:
    from sim.cloud import Change, Server
    from sim.node import Node
    from sim.world import World

NOT_MASTER_SECONDS = 0.1  # a change may be on its way to the socket when keepalived leaves MASTER
SETTLED_SECONDS = 4.0  # for so long a node has to answer until it counts: two MASTERs settle who stays
KNOWN_SECONDS = 2.5  # how long something has to be so before an agent has to know it, but for a slow API


class Violation(BaseException):
    """Not an Exception: no agent catches it."""

    def __init__(self, invariant: str, text: str) -> None:
        super().__init__("%s: %s" % (invariant, text))
        self.invariant, self.text = invariant, text


class Rules:
    def __init__(self, world: World) -> None:
        self.world = world
        self.moves = 0  # of the first VIP, by a node
        self.causes = 2  # faults begun and ended; the first claim, and a second one
        self.lag = 0.0  # the longest read lag until now
        self.emptied = False

    @property
    def slow(self) -> float:
        return KNOWN_SECONDS + 8 * self.world.cloud.latency[1] + self.lag

    def sends(self, node: Node, path: str, body: str) -> None:
        """A node sends a change."""
        since = self.world.now - node.vips_left_at
        if not node.is_master and since > NOT_MASTER_SECONDS:
            text = "%s sends %s %s and has not been MASTER for %.3f s" % (node.name, path, body, since)
            raise Violation("only-a-master-changes", text)
        assert json.loads(body)
        if path.startswith("/servers/%d/" % node.peer.server.number) and not self.hears_peer(node):
            self.world.by_hand = True  # the peer may have been promoted later, and nothing can tell

    def hears_peer(self, node: Node) -> bool:
        passes, peer = self.world.network.passes, node.peer.name
        return passes(peer, "talk") or (self.world.follow is not None and passes(peer, "tunnel"))

    def accepted(self, change: Change) -> None:
        world = self.world
        by = next((one for one in world.nodes if one.name == change.by), None)
        if by is None:
            return
        if change.server not in (by.server, by.peer.server):
            raise Violation("others-are-left-alone", "%s changes server %s" % (by.name, change.server.name))
        self.keeps_foreign(change)
        taken = [vip for vip in world.vips if vip in change.before and vip not in change.wanted]
        if taken and change.server is by.peer.server:
            self.can_be_put_elsewhere(by, taken)
        if world.cloud.left < 1:
            raise Violation("quota", "the quota of the project is used up")

    def keeps_foreign(self, change: Change) -> None:
        for alias in change.before:
            if alias in self.world.vips or alias in change.wanted:
                continue
            known = change.sent_at - self.slow
            if all(alias in aliases for at, aliases in change.server.history if at > known) and (
                alias in change.server.aliases_at(known)
            ):
                text = "%s takes %s from server %s" % (change.by, alias, change.server.name)
                raise Violation("no-foreign-alias-is-lost", text)

    def can_be_put_elsewhere(self, by: Node, taken: list[str]) -> None:
        world, own = self.world, by.server
        known = world.now - self.slow
        if own.locked_since is not None and own.locked_since < known:
            text = "%s takes %s from %s while its own server has been locked for %.1f s"
            values = (by.name, ", ".join(taken), by.peer.name, world.now - own.locked_since)
            raise Violation("nothing-is-taken-too-early", text % values)
        others = [alias for alias in own.aliases_at(known) if alias not in world.vips and alias in own.aliases]
        if len(others) + len(world.vips) > MOST_ALIASES:
            text = "%s takes %s from %s and has no room for it" % (by.name, ", ".join(taken), by.peer.name)
            raise Violation("nothing-is-taken-too-early", text)

    def changed(self, server: Server, by: str) -> None:
        """A change has taken effect."""
        for vip in self.world.vips:
            holders = self.world.cloud.holders(vip)
            if len(holders) > 1:
                raise Violation("one-holder", "%s is with %s" % (vip, " and ".join(one.name for one in holders)))
        self.world.tell("server %s has %s" % (server.name, ", ".join(server.aliases) or "no aliases"))
        vip = self.world.vips[0]
        if by in ("a", "b") and vip in server.aliases and vip not in server.history[-2][1]:
            self.moves += 1
            if self.moves > self.causes:
                raise Violation("at-most-one-move-a-fault", "%d moves after %d causes" % (self.moves, self.causes))

    def said(self, node: Node, text: str) -> None:
        if text.startswith("defect:"):
            raise Violation("no-defect", "%s says: %s" % (node.name, text))

        if any(
            words in text
            for words in (
                "claiming again in",
                "keepalived is dead",
                "did not carry",
                "does not answer: the",
                "cannot take",
            )
        ):
            self.world.by_hand = True  # nothing tells a partition from the other node's death

    def hears_clients(self, node: Node | None) -> None:
        """What clients see is a history: the promotion of the node that answers never goes back."""
        world = self.world
        number = node.promotion if node is not None else None
        if number != world.answering:
            world.answering, world.answering_since = number, world.now
        if node is None or number is None or world.now - world.answering_since <= SETTLED_SECONDS:
            return
        if number < world.answered and not world.by_hand:
            text = "%s answers with promotion %d after promotion %d has answered"
            raise Violation("answers-do-not-go-back", text % (node.name, number, world.answered))
        world.answered = number

    # -- liveness

    def unsettled(self) -> str | None:
        """What is not yet as it has to be after the last fault; None if all is."""
        world = self.world
        masters = world.masters()
        if any(one.action is not None for one in world.cloud.servers.values()):
            return "the cloud still changes a server"
        if len(masters) != 1:
            return "%d nodes are MASTER" % len(masters)
        serves, holder = world.serves(), world.holder()
        if holder is None:
            return "no server has every VIP"
        if serves is not masters[0]:
            return "%s is MASTER, and clients reach %s" % (masters[0].name, serves.name if serves else "no service")
        if holder is not masters[0].server and world.follow != "ifUnreachable":
            return "%s is MASTER and %s is the holder" % (masters[0].name, holder.name)
        return None
