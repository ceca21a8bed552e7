"""hear [SECONDS]: listens for the pair's VRRP adverts, for 3.5 s unless told, and prints the counts as JSON.

"sent" is what left this node's NIC, "arrived" what came to the NIC from the peer, and "delivered" what this node's own
firewall let through: keepalived hears that, and only that. "sentBad" and "arrivedBad" have a wrong checksum, for which
the other keepalived drops them. It needs root.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time

from failover_pair import readers, shapes

CONFIG = "/etc/failover-pair/config.json"
VRRP = 112
ETH_P_ALL = 3
PACKET_OUTGOING = 4
LISTEN = 3.5  # seconds: three adverts of the slowest preset
NAMES = ("sent", "sentBad", "arrived", "arrivedBad", "delivered")


def total(data: bytes) -> int:
    """The Internet checksum's sum, in one's complement: 0xFFFF over data whose checksum is right."""
    data += b"\0" * (len(data) % 2)
    found: int = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while found >> 16:
        found = (found & 0xFFFF) + (found >> 16)
    return found


def advert(packet: bytes) -> tuple[bytes, bytes, bool] | None:
    """(source, destination, whether the checksum is right) of an IPv4 packet; None if it is not a VRRP advert. Version
    3 counts a pseudo header in (RFC 5798, 5.2.8)."""
    if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != VRRP:
        return None
    head, length = (packet[0] & 15) * 4, struct.unpack_from("!H", packet, 2)[0]
    body, source, destination = packet[head:length], packet[12:16], packet[16:20]
    if len(body) < 8:
        return None
    pseudo = source + destination + struct.pack("!BBH", 0, VRRP, len(body)) if body[0] >> 4 == 3 else b""
    return source, destination, total(pseudo + body) == 0xFFFF


def count(found: dict[str, int], packet: bytes, outgoing: bool, mine: bytes, peer: bytes) -> None:
    """Adds a packet that a NIC has seen to the counts."""
    seen = advert(packet)
    if seen and outgoing and seen[:2] == (mine, peer):
        found["sent"] += 1
        found["sentBad"] += not seen[2]
    elif seen and not outgoing and seen[:2] == (peer, mine):
        found["arrived"] += 1
        found["arrivedBad"] += not seen[2]


def listen(address: str, peer_address: str, seconds: float) -> dict[str, int]:
    found = dict.fromkeys(NAMES, 0)
    mine, peer = socket.inet_aton(address), socket.inet_aton(peer_address)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    inner = socket.socket(socket.AF_INET, socket.SOCK_RAW, VRRP)
    until = time.monotonic() + seconds
    with wire, inner:
        while time.monotonic() < until:
            for ready in select.select([wire, inner], [], [], max(0.0, until - time.monotonic()))[0]:
                packet, source = ready.recvfrom(2048)
                if ready is wire:
                    count(found, packet, source[2] == PACKET_OUTGOING, mine, peer)
                else:
                    seen = advert(packet)
                    found["delivered"] += seen is not None and seen[:2] == (peer, mine)
    return found


def main(arguments: list[str]) -> int:
    path = CONFIG if len(arguments) < 2 else arguments[1]
    config = readers.settings(path, {"address": shapes.ipv4, "peerAddress": shapes.ipv4})
    seconds = float(arguments[0]) if arguments else LISTEN
    print(json.dumps(listen(config["address"], config["peerAddress"], seconds)))
    return 0
