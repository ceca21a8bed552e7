"""Questions that make a client's whole journey through the peer: which ports are asked, and the answers."""

from __future__ import annotations

from failover_pair import journey, sockets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from failover_pair.config import Config


class Questions:
    def __init__(self, config: Config, ports: list[str], unit_cgroup: Callable[[], str]) -> None:
        """ports: what the service had before this agent's start."""
        self.config, self.unit_cgroup = config, unit_cgroup
        self.ports = [port for port in ports if journey.parse_port(port)]
        self.published: list[str] = []  # by rules on this node, as the bridge tells
        self.sources = journey.Sources()
        self.round: journey.Round | None = None
        self.failures: list[journey.Failure] = []

    def asked_ports(self) -> list[str]:
        if self.config.ports:
            return self.config.ports
        found = sockets.listening(self.unit_cgroup(), self.config.vips)
        # a service that is down just now still has the ports that it had
        if found:
            self.ports = sorted({*found, *self.published})
        elif self.published:
            self.ports = sorted({*self.ports, *self.published})
        return self.ports

    def ask(self, ports: tuple[int, int] = journey.REAL_PORTS) -> None:
        self.forget()
        known = self.config.ports or self.ports
        if ports == journey.PEACE_PORTS:
            deaf = set(sockets.deaf_in_peace(self.config.address, self.config.vips)).difference(self.published)
            known = [port for port in known if port not in deaf]
        asked = journey.questions(known)
        self.round = journey.Round(self.config.address, self.config.vips, asked, self.sources.next(ports))

    def answered(self, until: float = 0.0) -> bool:
        """Whether every question of the last round got a good answer; waits for that at the most until then."""
        if self.round is None:
            return False
        self.round.collect(until)
        self.round.close()
        self.failures, self.round = self.round.failed(), None
        return not self.failures

    def forget(self) -> None:
        if self.round is not None:
            self.round.close()
        self.round = None
