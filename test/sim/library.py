"""What the package's modules get in place of the standard library's `time`, `random`, `select`, `socket` and others.

What is not modelled raises, so a call that is new in the package shows at the first story.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from sim.here import seam

if TYPE_CHECKING:
    pass

BASE = 1.8e9  # what the wall clock says at the beginning


class Time:
    @staticmethod
    def time() -> float:
        return BASE + seam.world.scheduler.now

    @staticmethod
    def sleep(seconds: float) -> None:
        seam.sleep(seconds)


class Chance:
    """The story's own."""

    def __getattr__(self, name: str) -> Any:
        return getattr(seam.world.chance, name)


class Absent:
    """A module that no modelled code may use."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        raise AssertionError("the simulator has no %s.%s" % (self.name, name))


class Threads:
    """No thread runs beside the agent: what its threads do is an event (Talk) or left out (the echo)."""

    class Thread:
        def __init__(self, **_: object) -> None:
            pass

        def start(self) -> None:
            pass


class Signals:
    SIGTERM, SIGINT, SIGHUP = 15, 2, 1

    @staticmethod
    def set_wakeup_fd(_: int) -> None:
        pass

    @staticmethod
    def signal(_number: int, _handler: object) -> None:
        pass


class Idle:
    """What never has anything to read."""

    def ready(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def setblocking(self, _: bool) -> None:
        pass

    def fileno(self) -> int:
        return 0


class Wakeup(Idle):
    def ready(self) -> bool:
        return seam.node.signalled

    def recv(self, _: int) -> bytes:
        seam.node.signalled = False
        return b"x"


class Datagrams(Idle):
    """A UDP socket of the agents' talk, or a Unix socket that is told to and does not answer."""

    def __init__(self, family: int = socket.AF_INET, kind: int = socket.SOCK_DGRAM) -> None:
        assert kind & socket.SOCK_DGRAM, "the simulator has no streams"
        self.inner = family == socket.AF_UNIX
        self.at: tuple[str, int] | None = None
        self.queue: list[tuple[bytes, tuple[str, int]]] = []
        self.owner = seam.node

    def __enter__(self) -> Datagrams:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def setsockopt(self, *_: object) -> None:
        pass

    def bind(self, at: Any) -> None:
        if not self.inner:
            self.at = at
            self.owner.ears[at] = self

    def sendto(self, data: bytes, to: Any) -> None:
        if self.inner:
            return
        assert self.at is not None
        source, peer = self.at, self.owner.peer
        kind = "tunnel" if source[0].startswith("169.254.") else "talk"

        def deliver() -> None:
            ear = peer.ears.get(to) if peer.up else None
            if ear is not None and len(ear.queue) < 200:
                ear.queue.append((data, source))
                peer.poke()

        self.owner.world.network.send(self.owner.name, kind, deliver)

    def recvfrom(self, _: int) -> tuple[bytes, tuple[str, int]]:
        if not self.queue:
            raise BlockingIOError
        return self.queue.pop(0)

    def recv(self, _: int) -> bytes:
        raise BlockingIOError

    def ready(self) -> bool:
        return bool(self.queue)


class Sockets:
    """Constants and conversions are the real ones."""

    socket = Datagrams

    @staticmethod
    def socketpair() -> tuple[Wakeup, Wakeup]:
        return Wakeup(), Wakeup()

    @staticmethod
    def if_indextoname(_: int) -> str:
        return "ens10"

    def __getattr__(self, name: str) -> Any:
        assert name not in ("create_connection", "getaddrinfo", "fromfd"), name
        return getattr(socket, name)


class Select:
    @staticmethod
    def select(readers: list[Any], _writers: object, _odd: object, seconds: float) -> tuple[list[Any], ...]:
        seam.world.scheduler.running.turn()
        found = [one for one in readers if one.ready()]
        if not found:
            seam.world.scheduler.running.wait(seconds, listens=True)
            found = [one for one in readers if one.ready()]
        return found, [], []


MODULES: dict[str, Any] = {
    "time": Time,
    "random": Chance(),
    "select": Select,
    "socket": Sockets(),
    "threading": Threads,
    "signal": Signals,
    "subprocess": Absent("subprocess"),
    "ssl": None,  # only its exceptions are used, which are the real ones
}
