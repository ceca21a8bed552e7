"""Gives the package another machine: each place where its code reads a clock, waits, or meets a socket, a file, another
process or chance is replaced, for whichever node runs just then. The package itself is unchanged.
"""

from __future__ import annotations

import importlib
import pkgutil
import socket
import sys
from typing import TYPE_CHECKING, Any

import failover_pair
from failover_pair import (
    agent,
    bridge_client,
    clock,
    explaining,
    hands,
    journal,
    journey,
    nic,
    outside,
    publishing,
    readers,
    sockets,
    systemd,
    wire,
)
from sim.here import seam
from sim.library import MODULES, Datagrams
from sim.parts import Addresses, Fifo, Round, SimChannel, SimTalk, Token

if TYPE_CHECKING:
    from collections.abc import Callable

    from failover_pair.config import Config
    from sim.world import World


def read_bytes(path: str, _most: int = 0, links: bool = False) -> bytes:
    if path not in seam.node.files:
        raise FileNotFoundError(2, "No such file", path)
    return seam.node.files[path].encode()


def write_atomically(path: str, text: str, *_: object) -> None:
    seam.world.scheduler.running.check()
    seam.node.write(path, text)


def write_flag(path: str, value: int) -> None:
    write_atomically(path, "%d\n" % value)


def get_metadata(_url: str, seconds: float, _most: int) -> bytes:
    world, node = seam.world, seam.node
    if world.cloud.metadata_silent[node.name]:
        seam.sleep(seconds)
        raise TimeoutError
    seam.sleep(world.chance.uniform(0.001, 0.004))
    return world.cloud.metadata(node.server).encode()


def list_addresses() -> list[tuple[int, str]]:
    node = seam.node
    return [(2, node.address), *((2, vip) for vip in node.nic)]


def answers(_: Config, seconds: float = 0.5) -> bool:
    node = seam.node
    good = node.peer.alive and node.world.network.round_trip(node.name, node.peer.name, "tcp")
    seam.sleep(0.002 if good else seconds)
    return good


def systemd_says(*question: str) -> str | None:
    if question[0] == "is-system-running":
        return "stopping" if seam.node.stopping else "running"
    return None


def unit_now(unit: str) -> systemd.UnitNow:
    assert unit == "keepalived.service"
    return systemd.UnitNow(seam.node.keepalived_unit(), None, None)


def log(text: str, level: int = 6) -> None:
    seam.world.scheduler.running.check()
    seam.world.rules.said(seam.node, text)
    seam.world.tell("%s: <%d> %s" % (seam.node.name, level, text))


def nothing(*_: object, **__: object) -> Any:
    return None


def refuse(*_: object, **__: object) -> Any:
    raise OSError("the simulator has no such file")


def give_modules() -> None:
    """In every module of the package."""
    for found in pkgutil.walk_packages(failover_pair.__path__, "failover_pair."):
        if found.name.split(".")[1] in ("setup", "guard", "bridge", "main", "kernel", "hear", "farewell", "nic_care"):
            continue  # other programs
        module = importlib.import_module(found.name)
        for name, instead in MODULES.items():
            if instead is not None and getattr(module, name, None) is sys.modules.get(name, module):
                setattr(module, name, instead)
        if getattr(module, "log", None) is journal.log and module is not journal:
            setattr(module, "log", log)  # noqa: B010


def give_functions() -> None:
    given: dict[Any, dict[str, Any]] = {
        clock: {"now": seam.now},
        readers: {"read_bytes": read_bytes},
        wire: {"get": get_metadata},
        nic: {"list_addresses": list_addresses},
        journey: {"Round": Round},
        bridge_client: {"write_atomically": write_atomically},
        agent: {
            "make_folder": nothing,
            "hold_lock": nothing,
            "notify_systemd": nothing,
        },
        outside: {
            "Fifo": Fifo,
            "AddressEvents": Addresses,
            "Token": Token,
            "Channel": SimChannel,
            "Talk": SimTalk,
            "systemd_says": systemd_says,
        },
        hands: {
            "refused_checks": lambda _: {},
            "write_flag": write_flag,
            "answers": answers,
            "systemd_says": systemd_says,
            "unit_now": unit_now,
            "open": refuse,
        },
        publishing: {
            "beat_lock": nothing,
            "notify_systemd": nothing,
            "metrics_text": lambda *_: "",
            "write_atomically": write_atomically,
        },
        sockets: {"deaf_in_peace": lambda *_: [], "listening": lambda *_: []},
    }
    for module, names in given.items():
        for name, instead in names.items():
            setattr(module, name, instead)
    explaining.Explaining.open_door = lambda self: Datagrams(socket.AF_UNIX)  # type: ignore[method-assign, assignment, return-value]


done: list[Callable[[], None]] = []


def install(world: World) -> None:
    """The machine is this world's from now on."""
    if not done:
        give_modules()
        give_functions()
        done.append(give_functions)
    seam.world = world
    readers.complained.clear()
