"""farewell: says for a keepalived that died as MASTER what it says itself when it stops, an advert of priority 0.

systemd runs it whenever keepalived has ended. Without it the peer would wait for three adverts that do not come. With
the bridge the virtual IPs are taken from the NIC too, so that packets for them are carried to the peer from now on;
without it they stay until keepalived is started again, so that this node answers until the cloud has moved the alias.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys

from failover_pair import readers, shapes
from failover_pair.journal import safe

CONFIG = "/etc/failover-pair/config.json"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
VRRP = 112
VRRP_TTL = 255  # RFC 5798, 5.1.1.3: any other one is dropped


def value_of(name: str, pattern: str, conf: str) -> str:
    found = re.search(r"^\s*%s (%s)$" % (name, pattern), conf, re.MULTILINE)
    if not found:
        raise shapes.Odd("%s has no %s" % (KEEPALIVED, name))
    return found[1]


def addresses_of(conf: str) -> list[tuple[str, str]]:
    """[(virtual IP, NIC)], the one that adverts name first."""
    return re.findall(r"^\s*([0-9.]+)/32 dev (\S+)$", conf, re.MULTILINE)


def checksum(data: bytes) -> int:
    total: int = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def advert(conf: str, source: str, destination: str) -> bytes:
    """A VRRPv3 advert of priority 0 (RFC 5798, 5.1): the checksum counts a pseudo header in."""
    router = int(value_of("virtual_router_id", r"[0-9]{1,3}", conf))
    interval = float(value_of("advert_int", r"[0-9]{1,3}(?:\.[0-9]{1,6})?", conf))
    head = struct.pack("!BBBBH", 0x31, router, 0, 1, round(interval * 100))
    address = socket.inet_aton(addresses_of(conf)[0][0])
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    length = len(head) + 2 + len(address)
    summed = checksum(ends + struct.pack("!BBH", 0, VRRP, length) + head + b"\0\0" + address)
    return head + struct.pack("!H", summed) + address


def say_farewell() -> None:
    if os.environ.get("SERVICE_RESULT") == "success":
        return
    config = readers.settings(CONFIG, {"address": shapes.ipv4, "peerAddress": shapes.ipv4})
    conf = readers.read_bytes(KEEPALIVED, links=True).decode()
    present = subprocess.run(["ip", "-o", "-4", "address"], stdout=subprocess.PIPE, text=True, timeout=5).stdout
    left = [(vip, nic) for vip, nic in addresses_of(conf) if " %s/32 " % vip in present]
    if not left:
        return
    if config.get("bridge"):
        for vip, nic in left:
            subprocess.run(["ip", "address", "del", vip + "/32", "dev", nic], timeout=5)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, VRRP) as raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, VRRP_TTL)
        raw.bind((config["address"], 0))
        raw.sendto(advert(conf, config["address"], config["peerAddress"]), (config["peerAddress"], 0))
    print("keepalived died as MASTER: the other node was told", file=sys.stderr)


def main(_arguments: list[str]) -> int:
    try:
        say_farewell()
    except (OSError, ValueError, struct.error, subprocess.SubprocessError) as error:
        print("the other node could not be told that keepalived died: %s" % safe(error), file=sys.stderr)
        return 1
    return 0
