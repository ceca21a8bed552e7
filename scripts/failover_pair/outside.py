"""What the agent reaches the rest of the world by."""

from __future__ import annotations

from failover_pair.api.client import Api
from failover_pair.api.connection import Channel
from failover_pair.api.token import Token
from failover_pair.bridge_client import BridgeClient
from failover_pair.carrying import Carrying
from failover_pair.journal import log
from failover_pair.netlink import AddressEvents
from failover_pair.standstill import Standstill
from failover_pair.systemd import systemd_says
from failover_pair.talk import Talk
from failover_pair.vrrp import Fifo

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

    from failover_pair.config import Config


class Outside:
    def __init__(self, config: Config, saved: dict[str, Any]) -> None:
        self.config = config
        self.token = Token(config.tokenFile)
        self.token.changed()
        self.channel = Channel(config, saved["addresses"] or [])
        self.side = Channel(config, resolver=self.channel.resolver)
        self.api = Api(config, self.token, self.channel, self.side)
        self.bridge = BridgeClient(config)
        self.standstill = Standstill()
        self.talk = Talk(config, self.bridge, self.standstill)
        self.talk.heard.known = bool(saved.get("peerKnown"))
        carrying = self.bridge.on
        self.journeys = Carrying(config, self.bridge.own, saved, self.unit_cgroup, log) if carrying else None
        self.fifo, self.addresses = Fifo(config.run("vrrp.fifo")), AddressEvents()

    @property
    def doors(self) -> list[socket.socket]:
        """Where the bridge answers."""
        return [self.journeys.explaining.door] if self.journeys else []

    def keep_open(self) -> None:
        """What is needed in a hurry is there before."""
        self.fifo.reopen_if_replaced()
        self.channel.keep_warm()
        if self.channel.socket:
            self.side.keep_warm()

    def forget_token(self) -> None:
        """It was replaced."""
        self.token.value = None
        self.api.forget_token()

    def unit_cgroup(self) -> str:
        """Whose listening sockets are the service's; empty where no unit is watched or systemd does not tell."""
        if not self.config.service:
            return ""
        return systemd_says("show", "--property=ControlGroup", "--value", self.config.service) or ""

    @property
    def carrier(self) -> Carrying:
        """Only with a bridge."""
        assert self.journeys is not None
        return self.journeys
