"""The agent's way to the service `bridge`."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

from failover_pair import journey
from failover_pair.readers import read_text
from failover_pair.runfiles import write_atomically

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.config import Config


class BridgeClient:
    """What the agent has to do with the service `bridge`, which carries packets here while the peer has the alias: it
    is told who the holder is. Whether the peer carries is asked by carrying.Carrying."""

    def __init__(self, config: Config) -> None:
        self.config, self.on = config, config.bridge is not None
        self.told = None
        ends = ["169.254.73.1", "169.254.73.2"]
        if ipaddress.IPv4Address(config.address) > ipaddress.IPv4Address(config.peerAddress):
            ends.reverse()
        self.own, self.peer = ends
        if self.on:
            told = (read_text(config.run("holder"), 64) or "").strip()
            self.told = told if told in ("self", "peer") else None

    def tell(self, holder: str) -> None:
        """holder: "self" sends answers straight into the network, "peer" back through the tunnel."""
        if not self.on or holder == self.told:
            return
        # the file is for a service that starts later, and the message for a disk that is full
        with contextlib.suppress(OSError):
            write_atomically(self.config.run("holder"), holder + "\n")
            self.told = holder
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.setblocking(False)
            door.sendto(holder.encode(), self.config.run("bridge.sock"))
            self.told = holder

    def peer_serves(self) -> bool:
        """Whether the peer has the VIP: asked in the tunnel, on the way that this node carries packets."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.settimeout(0.5)
                probe.bind((self.own, 0))
                probe.connect((self.config.vips[0], journey.PAIR_PORT))
            except ConnectionRefusedError:
                return True
            except OSError:
                pass
        return False
