"""Which ports the processes of this node listen on, by the kernel's own word."""

from __future__ import annotations

import contextlib
import os
import socket
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OpenSocket = tuple[str | None, int, int | None]  # address, port, id of a cgroup
SOCK_DIAG, DIAG_BY_FAMILY, DUMP_REQUEST, ERROR, DONE = 4, 20, 0x301, 2, 3
V6ONLY, CGROUP = 11, 21
OPEN = {"tcp": (socket.IPPROTO_TCP, 1 << 10), "udp": (socket.IPPROTO_UDP, 1 << 7)}  # listening, and not connected


def parse_sockets(data: bytes, family: int) -> tuple[list[OpenSocket], bool]:
    """One datagram of a dump: ([(address, port, cgroup's id)], whether it was the last one). IPv6 only counts as no
    address. Raises OSError."""
    try:
        return sockets_in(data, family)
    except (struct.error, ValueError):
        raise OSError("netlink listed sockets in another shape") from None


def sockets_in(data: bytes, family: int) -> tuple[list[OpenSocket], bool]:
    found: list[OpenSocket] = []
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind in (ERROR, DONE) or length < 16:
            return found, True
        port = struct.unpack_from(">H", data, at + 20)[0]
        address = socket.inet_ntop(family, data[at + 24 : at + (28 if family == socket.AF_INET else 40)])
        attributes, position = {}, at + 88
        while position + 4 <= at + length:
            size, name = struct.unpack_from("=HH", data, position)
            attributes[name] = data[position + 4 : position + size]
            position += max(4, size + 3 & ~3)
        group = struct.unpack("=Q", attributes[CGROUP])[0] if CGROUP in attributes else None
        only = attributes.get(V6ONLY, b"\0")[:1] != b"\0"
        found.append((None if only else address, port, group))
        at += length + 3 & ~3
    return found, False


def open_sockets(protocol: str) -> Iterator[OpenSocket]:
    number, states = OPEN[protocol]
    for family in (socket.AF_INET, socket.AF_INET6):
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as channel:
            channel.settimeout(1)
            request = struct.pack("=BBBBI48x", family, number, 0, 0, states)
            channel.send(struct.pack("=IHHII", 16 + len(request), DIAG_BY_FAMILY, DUMP_REQUEST, 1, 0) + request)
            last = False
            while not last:
                part, last = parse_sockets(channel.recv(1 << 18), family)
                yield from part


def cgroups(path: str) -> Iterator[int]:
    """The ids of a cgroup and of all below it: a socket bears that of the process that made it."""
    root = "/sys/fs/cgroup" + path
    if path.strip("/"):
        for folder, _, _ in os.walk(root):
            with contextlib.suppress(OSError):
                yield os.stat(folder).st_ino


def listening(path: str, vips: list[str]) -> list[str]:
    """What the processes of a cgroup listen on, as far as a client of the virtual IPs reaches it: ["80/tcp"]."""
    groups = set(cgroups(path))
    reached = {"0.0.0.0", "::", *vips}
    found = set()
    for protocol in OPEN:
        with contextlib.suppress(OSError):
            for address, port, group in open_sockets(protocol):
                if group in groups and address in reached:
                    found.add("%d/%s" % (port, protocol))
    return sorted(found)


def deaf_in_peace(address: str, vips: list[str]) -> list[str]:
    """The TCP ports where this node listens at virtual IPs only, as a service may before it has them: ["80/tcp"].
    While the peer serves, a question arrives at the node's own address, and would be refused there."""
    own, at_vips = set(), set()
    with contextlib.suppress(OSError):
        for at, port, _ in open_sockets("tcp"):
            if at in vips:
                at_vips.add(port)
            elif at in ("0.0.0.0", "::", address):
                own.add(port)
    return ["%d/tcp" % port for port in sorted(at_vips - own)]
