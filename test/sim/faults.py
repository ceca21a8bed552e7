"""What goes wrong with a node or the network. Each fault begins, and has a function that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.node import Node
    from sim.world import World

    End = Callable[[], None]
    Fault = Callable[[World, Node], tuple[str, End]]

WATCHDOG_SECONDS = 30.0  # WatchdogSec of alias-switch.service


def nothing() -> None:
    pass


# ---- the node and its processes --------------------------------------------------------------------------------------


def set_flag(node: Node, name: str, value: int) -> None:
    node.write(node.path(name), "%d\n" % value)


def service_down(_: World, node: Node) -> tuple[str, End]:
    set_flag(node, "service", 1)
    return "the service of %s stops" % node.name, lambda: set_flag(node, "service", 0)


def service_restart(world: World, node: Node) -> tuple[str, End]:
    set_flag(node, "service", 1)
    world.after(world.fault_chance.uniform(0.05, 3), lambda: set_flag(node, "service", 0))
    return "the service of %s restarts" % node.name, nothing


def at_once(node: Node, what: Callable[[], None], text: str) -> tuple[str, End]:
    """A fault that is over as soon as it has happened; nothing of a node that is off."""
    if node.alive:
        what()
    return text % node.name, nothing


def keepalived_restart(world: World, node: Node) -> tuple[str, End]:
    def restart() -> None:
        node.restart_keepalived(world.fault_chance.uniform(0, 5))

    return at_once(node, restart, "keepalived of %s restarts")


def keepalived_killed(_: World, node: Node) -> tuple[str, End]:
    return at_once(node, node.kill_keepalived, "keepalived of %s is killed")


def keepalived_reload(_: World, node: Node) -> tuple[str, End]:
    return at_once(node, node.keepalived.reload, "keepalived of %s reloads")


def keepalived_frozen(_: World, node: Node) -> tuple[str, End]:
    node.freeze_keepalived(+1)
    return "keepalived of %s stands still" % node.name, lambda: node.freeze_keepalived(-1)


def agent_killed(_: World, node: Node) -> tuple[str, End]:
    return at_once(node, node.kill_agent, "the agent of %s is killed")


def agent_restart(_: World, node: Node) -> tuple[str, End]:
    return at_once(node, node.restart_agent, "the agent of %s restarts")


def agent_frozen(world: World, node: Node) -> tuple[str, End]:
    def watchdog() -> None:
        """systemd kills a program that has stood still for so long, and starts it again."""
        if node.alive and node.fiber is frozen and frozen is not None and frozen.frozen:
            node.kill_agent()

    frozen = node.fiber
    node.freeze_agent(+1)
    world.after(WATCHDOG_SECONDS, watchdog)
    return "the agent of %s stands still" % node.name, lambda: node.freeze_agent(-1) if node.agent_frozen else None


def node_frozen(_: World, node: Node) -> tuple[str, End]:
    if not node.alive:
        return "%s stands still already" % node.name, nothing
    node.freeze()
    return "%s stands still" % node.name, lambda: node.thaw() if node.frozen else None


def power_off(world: World, node: Node) -> tuple[str, End]:
    if not node.alive:
        return "%s is off already" % node.name, nothing
    node.power_off(world.fault_chance.choice(["off", "running"]))
    return "%s loses power" % node.name, lambda: None if node.up else node.boot()


def reboot(world: World, node: Node) -> tuple[str, End]:
    if not node.alive or node.stopping:
        return "%s reboots already" % node.name, nothing
    node.shut_down()
    mine, off_seconds = node.agent_starts, world.fault_chance.uniform(2, 15)

    def down() -> None:
        if node.alive and node.stopping and node.agent_starts == mine:
            node.power_off("running")
            world.after(off_seconds, lambda: None if node.up else node.boot())

    world.after(world.fault_chance.uniform(1, 5), down)
    return "%s reboots" % node.name, nothing


# ---- the network -----------------------------------------------------------------------------------------------------


def cut(world: World, senders: list[str], kind: str, text: str) -> tuple[str, End]:
    def change(more: int) -> None:
        for sender in senders:
            world.network.cut(sender, kind, more)

    change(+1)
    return text, lambda: change(-1)


def partition(world: World, _: Node) -> tuple[str, End]:
    return cut(world, ["a", "b"], "all", "the two nodes do not reach each other")


def one_way(world: World, node: Node) -> tuple[str, End]:
    return cut(world, [node.name], "all", "nothing from %s reaches %s" % (node.name, node.peer.name))


def vrrp_cut(world: World, node: Node) -> tuple[str, End]:
    senders = world.fault_chance.choice([["a", "b"], [node.name]])
    return cut(world, senders, "vrrp", "adverts from %s are dropped" % " and ".join(senders))


def talk_cut(world: World, node: Node) -> tuple[str, End]:
    kind = world.fault_chance.choice(["talk", "tunnel"])
    senders = world.fault_chance.choice([["a", "b"], [node.name]])
    return cut(world, senders, kind, "%s from %s is dropped" % (kind, " and ".join(senders)))


def loss(world: World, _: Node) -> tuple[str, End]:
    world.network.loss = world.fault_chance.choice([0.05, 0.2, 0.5])

    def end() -> None:
        world.network.loss = 0.0

    return "%d %% of the packets are lost" % (world.network.loss * 100), end
