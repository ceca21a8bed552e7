"""What goes wrong with the cloud, and what its operator does by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cloud import MOST_ALIASES, Refusal
from sim.faults import nothing, set_flag
from sim.world import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.cloud import Cloud, Server
    from sim.faults import End, Fault
    from sim.node import Node
    from sim.world import World


# ---- the cloud -------------------------------------------------------------------------------------------------------


def api_unreachable(world: World, node: Node) -> tuple[str, End]:
    names = world.fault_chance.choice([["a", "b"], [node.name]])

    def change(more: int) -> None:
        for name in names:
            world.cloud.unreachable[name] += more

    change(+1)
    return "%s cannot reach the API" % " and ".join(names), lambda: change(-1)


def sometimes(name: str, text: str, chances: list[float]) -> Fault:
    def fault(world: World, _: Node) -> tuple[str, End]:
        cloud: Cloud = world.cloud
        setattr(cloud, name, world.fault_chance.choice(chances))
        return text % (getattr(cloud, name) * 100), lambda: setattr(cloud, name, 0.0)

    return fault


def slow_api(world: World, _: Node) -> tuple[str, End]:
    cloud = world.cloud
    before = cloud.latency, cloud.duration
    cloud.latency = world.fault_chance.choice([(0.2, 0.6), (0.5, 2.0), (1.0, 2.6)])
    cloud.duration = world.fault_chance.choice([(2.0, 8.0), before[1]])
    normal = world.normal

    def end() -> None:
        cloud.latency, cloud.duration = normal

    return "the API is slow: %s s a way, actions %s s" % (cloud.latency, cloud.duration), end


def locked(world: World, node: Node) -> tuple[str, End]:
    server: Server = node.server
    server.lock(world.now, +1)
    return "server %s is locked" % server.name, lambda: server.lock(world.now, -1)


def read_lag(world: World, _: Node) -> tuple[str, End]:
    world.cloud.read_lag = world.fault_chance.uniform(0.2, 3)
    world.rules.lag = max(world.rules.lag, world.cloud.read_lag)

    def end() -> None:
        world.cloud.read_lag = 0.0

    return "answers of the API are %.1f s old" % world.cloud.read_lag, end


def metadata_silent(world: World, node: Node) -> tuple[str, End]:
    silent = world.cloud.metadata_silent
    silent[node.name] += 1
    world.metadata_failed = True

    def end() -> None:
        silent[node.name] -= 1

    return "the metadata service does not answer %s" % node.name, end


# ---- the operator ----------------------------------------------------------------------------------------------------


def drained(_: World, node: Node) -> tuple[str, End]:
    set_flag(node, "drain", 1)
    return "the operator drains %s" % node.name, lambda: set_flag(node, "drain", 0)


def claims(_: World, node: Node) -> tuple[str, End]:
    if node.alive and node.is_master:
        node.notify("CLAIM")
    return "the operator claims on %s" % node.name, nothing


def change_by_hand(world: World, server: Server, wanted: Callable[[], list[str]], tries: int) -> None:
    """The console asks again while the server is locked."""
    try:
        world.cloud.change(server, wanted(), "operator", world.now)
    except Refusal:
        if tries:
            world.after(1.0, lambda: change_by_hand(world, server, wanted, tries - 1))


def until_gone(world: World, server: Server, unwanted: Callable[[str], bool]) -> None:
    """The console takes aliases away once a second, as a server may be locked and an accepted action may fail."""
    if any(map(unwanted, (*server.aliases, *server.incoming))):
        change_by_hand(world, server, lambda: [one for one in server.aliases if not unwanted(one)], 0)
        world.after(1.0, lambda: until_gone(world, server, unwanted))


def without_vips(world: World, server: Server) -> Callable[[], list[str]]:
    return lambda: [alias for alias in server.aliases if alias not in world.vips]


def strips(world: World, _: Node) -> tuple[str, End]:
    holder = world.holder()
    if holder is not None:
        change_by_hand(world, holder, without_vips(world, holder), 0)
    return "the operator strips the alias", nothing


def moves(world: World, node: Node) -> tuple[str, End]:
    """To a node of the pair."""
    holder, server = world.holder(), node.server
    if holder is not None and holder is not server:
        change_by_hand(world, holder, without_vips(world, holder), 0)
        wanted = lambda: [*without_vips(world, server)(), *world.vips]  # noqa: E731
        world.after(1.5, lambda: change_by_hand(world, server, wanted, 2))
    return "the operator moves the alias to %s" % server.name, nothing


def gives_away(world: World, _: Node) -> tuple[str, End]:
    """To a server that is not of this pair."""
    holder, other = world.holder(), world.other
    given = [True]

    def take_back() -> None:
        given.clear()
        until_gone(world, other, lambda alias: True)

    if holder is not None and holder is not other:
        change_by_hand(world, holder, without_vips(world, holder), 0)
        world.after(1.0, lambda: change_by_hand(world, other, lambda: list(world.vips), 0) if given else None)
    return "the operator gives the alias to another server", take_back


def foreign(world: World, node: Node) -> tuple[str, End]:
    """An alias of others comes to a node's NIC, or leaves it."""
    server, alias = node.server, world.fault_chance.choice(FOREIGN)
    if any(alias in one.aliases or alias in one.incoming for one in world.cloud.servers.values()):
        change_by_hand(world, server, lambda: [one for one in server.aliases if one != alias], 3)
        return "the operator takes %s from server %s" % (alias, server.name), nothing
    room = len([one for one in server.aliases if one not in world.vips]) + len(world.vips) < 5
    if room:
        change_by_hand(world, server, lambda: [*server.aliases, alias][:5], 3)
    return "the operator gives %s to server %s" % (alias, server.name), nothing


def crowded(world: World, node: Node) -> tuple[str, End]:
    """Others' aliases take the room on a NIC that has not the pair's own."""
    server = node.server
    crowd = ["10.0.1.%d" % (60 + 10 * server.number + i) for i in range(MOST_ALIASES)]
    there = [True]

    def fill() -> list[str]:
        free = MOST_ALIASES - len(server.aliases) if there and not set(world.vips) & set(server.aliases) else 0
        return [*server.aliases, *crowd[:free]]

    def leave() -> None:
        there.clear()
        until_gone(world, server, crowd.__contains__)

    change_by_hand(world, server, fill, 0)
    return "others' aliases fill the NIC of server %s" % server.name, leave
