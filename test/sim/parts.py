"""Classes of the package that reach the machine, and what they are in a story."""

from __future__ import annotations

import json
import urllib.parse
from typing import TYPE_CHECKING, Any

from failover_pair import journey, wire
from failover_pair.api.connection import CONNECT_SECONDS, Channel
from failover_pair.hearing import BEAT_SECONDS
from failover_pair.talk import Talk
from sim.here import seam
from sim.library import Idle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from failover_pair.api.connection import Address, Answer, Resolver
    from failover_pair.config import Config

GONE_SECONDS = 3.0  # TCP_USER_TIMEOUT: a path that swallows packets is noticed


class FifoFd(int):
    """The descriptor of keepalived's FIFO."""

    lines: list[str]

    def ready(self) -> bool:
        return bool(self.lines)


class Fifo:
    def __init__(self, _: str) -> None:
        self.fd = FifoFd(9)
        self.fd.lines = []
        seam.node.fifo = self.fd

    def reopen_if_replaced(self) -> None:
        pass

    def lines(self) -> list[str]:
        found, self.fd.lines = self.fd.lines, []
        return found


class Addresses(Idle):
    def __init__(self) -> None:
        self.socket, self.node = self, seam.node
        self.seen = list(self.node.nic)

    def ready(self) -> bool:
        return self.node.nic != self.seen

    def drain(self) -> None:
        self.seen = list(self.node.nic)


class Token:
    value: str | None = None

    def __init__(self, _: str) -> None:
        pass

    def get(self) -> str:
        return "t" * 64

    def changed(self) -> bool:
        return False


class NoResolver:
    known: tuple[Address, ...] = ()


class Pending:
    answer: Answer | None = None
    lost = False


class SimChannel(Channel):
    """The real one's `request`, `keep_warm` and errors; opening, sending and reading are the model's."""

    def __init__(self, config: Config, remembered: Iterable[Address] = (), resolver: Resolver | None = None) -> None:
        self.url = urllib.parse.urlsplit(config.endpoint)
        self.resolver: Any = resolver or NoResolver()
        self.socket: Any = None
        self.used, self.next_warm, self.pause = False, 0.0, 0.0
        self.pending = Pending()

    def open(self) -> Any:
        self.close()
        world, node = seam.world, seam.node
        if not world.cloud.unreachable[node.name]:
            seam.sleep(3 * 2 * world.chance.uniform(*world.cloud.latency))
        if world.cloud.unreachable[node.name]:
            seam.sleep(CONNECT_SECONDS)
            raise TimeoutError("connecting timed out")
        self.socket, self.used = Idle(), False
        return self.socket

    def begin(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> None:
        if not self.socket:
            self.open()
        self.pending = self.transmit(method, path, body)

    def transmit(self, method: str, path: str, body: str | None) -> Pending:
        world, node, pending = seam.world, seam.node, Pending()
        cloud, fiber, sent_at = world.cloud, world.scheduler.running, world.now
        if body is not None:
            world.rules.sends(node, path, body)
        if cloud.unreachable[node.name] or world.chance.random() < cloud.lose_request:
            pending.lost = True
            return pending

        def deliver(answer: Answer) -> None:
            if cloud.unreachable[node.name]:
                return
            pending.answer = answer
            fiber.poke()

        def arrive() -> None:
            status, document = cloud.answer(node.name, sent_at, method, path, body)
            world.told_api(node, method, path, body, status, document)
            if world.chance.random() < cloud.lose_answer:
                return
            headers = wire.Headers({"ratelimit-limit": "3600", "ratelimit-remaining": "%d" % cloud.left})
            answer = (status, headers, json.dumps(document).encode())
            world.after(world.chance.uniform(*cloud.latency), lambda: deliver(answer))

        world.after(world.chance.uniform(*cloud.latency), arrive)
        return pending

    def end(self, seconds: float | None = None) -> Answer:
        until = seam.now() + min(seconds or 5.0, GONE_SECONDS if self.pending.lost else 5.0)
        while self.pending.answer is None:
            left = until - seam.now()
            if left <= 0:
                self.close()
                raise TimeoutError("the answer timed out")
            seam.world.scheduler.running.wait(left, listens=True)
        self.used = True
        return self.pending.answer


class SimTalk(Talk):
    """The thread that speaks is an event: after a standstill it goes on at once, before or after the agent itself."""

    def begin(self) -> None:
        self.node, self.fiber = seam.node, seam.world.scheduler.running
        self.wait()

    def wait(self) -> None:
        seam.world.enter(self.node)
        self.standstill.waits("talk", BEAT_SECONDS)
        seam.world.after(BEAT_SECONDS, self.waited)

    def waited(self) -> None:
        if not self.fiber.alive or self.fiber.killed:
            return
        if self.fiber.frozen:
            self.fiber.late.append(self.waited)
            return
        seam.world.enter(self.node)
        self.goes_on()
        self.wait()


class Round:
    """All questions of one moment: they arrive or they do not."""

    def __init__(self, _address: str, vips: list[str], asked: list[tuple[int, str]], source: int) -> None:
        node, self.what = seam.node, [(vip, *one) for vip in vips for one in asked]
        world, peer = node.world, node.peer
        real = source <= journey.REAL_PORTS[1]
        way = world.network.round_trip(node.name, peer.name, "tcp") and world.network.round_trip(
            node.name, peer.name, "tunnel"
        )
        good = way and peer.alive and not (real and peer.is_master) and not node.flag("service")
        self.at = seam.now() + (world.chance.uniform(0.001, 0.004) if good else float("inf"))
        self.good = False

    def collect(self, until: float) -> None:
        if self.at <= max(until, seam.now()):
            if self.at > seam.now():
                seam.sleep(self.at - seam.now())
            self.good = True
        elif until > seam.now():
            seam.sleep(until - seam.now())

    def close(self) -> None:
        pass

    def failed(self) -> list[journey.Failure]:
        return [] if self.good else [(one, journey.SILENT) for one in self.what]
