"""One node: its files, its NIC, keepalived, and the processes of the agent and what watches the service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from failover_pair import runfiles
from failover_pair.config import CONFIG, Config
from sim.keepalived import Keepalived
from sim.scheduler import Fiber

if TYPE_CHECKING:
    from typing import Any

    from failover_pair.agent import Agent
    from failover_pair.core.state import State
    from sim.cloud import Server
    from sim.library import Datagrams
    from sim.parts import FifoFd
    from sim.world import World

RUN = "/run/failover-pair"
RESTART_SECONDS = 1.0  # RestartSec of the agent
KEEPALIVED_RESTART_SECONDS = 2.0


class Node:
    peer: Node
    server: Server

    def __init__(self, world: World, name: str, settings: dict[str, Any], priority: int) -> None:
        self.world, self.name, self.settings = world, name, settings
        self.address: str = settings["address"]
        self.vips: list[str] = settings["vips"]
        self.files: dict[str, str] = {}
        self.paths: dict[str, str] = {}  # of the run folder's files, by name
        self.nic: list[str] = []  # VIPs that are on it
        self.vips_left_at = float("-inf")  # when the first VIP was on the NIC last
        self.promotion = 0  # its last one: their number in the story
        self.up = False  # its kernel works
        self.frozen = self.stopping = self.signalled = False
        self.agent_frozen = 0
        self.keepalived_frozen = 0
        self.booted_at = 0.0
        self.keepalived = Keepalived(self, priority, world.interval)
        self.keepalived_starts = 0
        self.agent: Agent | None = None
        self.fiber: Fiber | None = None
        self.fifo: FifoFd | None = None
        self.ears: dict[tuple[str, int], Datagrams] = {}  # the agent's sockets, by address and port
        self.agent_starts = 0

    @property
    def agent_state(self) -> State | None:
        """What the agent remembers."""
        return self.agent.state if self.agent is not None and hasattr(self.agent, "state") else None

    # -- files

    def path(self, name: str) -> str:
        if name not in self.paths:
            self.paths[name] = runfiles.place(RUN, name)
        return self.paths[name]

    def flag(self, name: str) -> bool:
        return self.files.get(self.path(name), "0").strip() not in ("", "0")

    def write(self, path: str, text: str) -> None:
        self.files[path] = text
        if path in (self.path("drain"), self.path("yield"), self.path("service")):
            self.world.after(self.world.chance.uniform(0.001, 0.015), self.keepalived.look_at_files)

    # -- the NIC

    def set_vips(self, there: bool) -> None:
        if there and not self.nic:
            self.world.promoted(self)
        if self.nic and not there:
            self.vips_left_at = self.world.now
        self.nic = list(self.vips) if there else []
        self.poke()

    @property
    def is_master(self) -> bool:
        return bool(self.nic)

    @property
    def alive(self) -> bool:
        """Whether its kernel answers and forwards."""
        return self.up and not self.frozen

    @property
    def able(self) -> bool:
        """Whether all that it needs to serve works."""
        works = self.alive and self.fiber is not None and self.keepalived.state is not None
        still = self.agent_frozen or self.keepalived_frozen or self.stopping
        return works and not still and not self.flag("service") and not self.flag("drain")

    def receive_advert(self, priority: int) -> None:
        if self.up:
            self.keepalived.receive(priority)

    # -- power

    def boot(self) -> None:
        self.up, self.frozen, self.stopping = True, False, False
        self.server.status = "running"
        self.booted_at = self.world.now - self.world.chance.uniform(5, 20)
        service = self.files.get(self.path("service"), "0")
        drain = self.files.get(self.path("drain"), "0")
        self.files = {path: text for path, text in self.files.items() if not path.startswith(RUN)}
        self.files.update({self.path("service"): service, self.path("drain"): drain, self.path("yield"): "0"})
        self.files[CONFIG] = json.dumps(self.settings)
        self.files["/etc/keepalived/keepalived.conf"] = "advert_int %g\n" % self.world.interval
        self.files[self.path("interface")] = "2 ens10\n"
        self.start_agent()
        self.start_keepalived(self.world.chance.uniform(0.1, 0.5))

    def power_off(self, status: str) -> None:
        self.end_agent()
        self.keepalived.die()
        self.keepalived_starts += 1
        self.up, self.frozen = False, False
        self.set_vips(False)
        self.server.status = status

    def shut_down(self) -> None:
        """In order: keepalived stops first, and the agent tells the peer."""
        self.stopping = True
        self.keepalived.stop()
        self.keepalived_starts += 1
        self.terminate_agent()

    def freeze(self) -> None:
        self.frozen = True
        self.world.cut_off(self.name, +1)
        self.update_frozen()

    def thaw(self) -> None:
        self.frozen = False
        self.world.cut_off(self.name, -1)
        self.update_frozen()

    def freeze_keepalived(self, more: int) -> None:
        """more: +1 when a fault begins, -1 when it ends; several may overlap."""
        self.keepalived_frozen += more
        self.update_frozen()

    def freeze_agent(self, more: int) -> None:
        self.agent_frozen += more
        self.update_frozen()

    def update_frozen(self) -> None:
        frozen = self.frozen or self.keepalived_frozen > 0
        if frozen != self.keepalived.frozen:
            (self.keepalived.freeze if frozen else self.keepalived.thaw)()
        frozen = self.frozen or self.agent_frozen > 0
        if self.fiber and frozen and not self.fiber.frozen:
            self.fiber.frozen = True
        elif self.fiber and not frozen and self.fiber.frozen:
            self.fiber.thaw()

    # -- keepalived's process

    def start_keepalived(self, seconds: float) -> None:
        self.keepalived_starts += 1
        mine = self.keepalived_starts

        def start() -> None:
            if self.up and not self.stopping and mine == self.keepalived_starts and self.keepalived.state is None:
                self.keepalived.start()

        self.world.after(seconds, start)

    def kill_keepalived(self) -> None:
        if self.keepalived.state is not None:
            self.keepalived.die()
            self.start_keepalived(KEEPALIVED_RESTART_SECONDS)

    def restart_keepalived(self, seconds: float) -> None:
        self.keepalived.stop()
        self.start_keepalived(1.0 + seconds)

    def keepalived_unit(self) -> str:
        return "active" if self.keepalived.state else "activating"

    def notify(self, line: str) -> None:
        if self.fifo is not None:
            self.fifo.lines.append(line)
            self.poke()

    # -- the agent's process

    def start_agent(self) -> None:
        from failover_pair.agent import Agent

        self.agent_starts += 1
        self.ears, self.fifo, self.agent, self.signalled = {}, None, None, False
        self.agent_frozen = 0  # what stood still was the process before
        fiber = Fiber(self.world.scheduler, "%s's agent" % self.name)
        self.fiber = fiber
        fiber.resumed = lambda: self.world.enter(self)

        def work() -> None:
            self.agent = Agent(Config(CONFIG))
            self.agent.run()
            self.ears, self.fifo = {}, None

        fiber.start(work)
        self.update_frozen()

    def end_agent(self) -> None:
        if self.fiber:
            self.fiber.kill()
        self.fiber = self.agent = self.fifo = None
        self.ears = {}

    def kill_agent(self) -> None:
        """systemd starts it again."""
        self.end_agent()
        self.start_again()

    def start_again(self) -> None:
        mine = self.agent_starts

        def start() -> None:
            if self.up and not self.stopping and mine == self.agent_starts:
                self.start_agent()

        self.world.after(RESTART_SECONDS, start)

    def terminate_agent(self) -> None:
        if self.agent is not None:
            self.agent.on_signal(15, None)
            self.signalled = True
            self.poke()

    def restart_agent(self) -> None:
        """In order, as an update does."""
        self.terminate_agent()
        fiber, mine = self.fiber, self.agent_starts

        def start() -> None:
            if fiber and fiber.alive:
                fiber.kill()  # systemd's patience is over
            if self.up and not self.stopping and mine == self.agent_starts:
                self.start_agent()

        self.world.after(2.0, start)

    def poke(self) -> None:
        if self.fiber:
            self.fiber.poke()
