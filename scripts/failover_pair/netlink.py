"""IPv4 addresses by rtnetlink."""

from __future__ import annotations

import contextlib
import socket
import struct

RTMGRP_IPV4_IFADDR, RTM_NEWADDR, RTM_GETADDR, NLM_F_DUMP_REQUEST = 0x10, 20, 22, 0x301
NLMSG_ERROR, NLMSG_DONE, IFA_ADDRESS, IFA_LOCAL = 2, 3, 1, 2


def parse_addresses(data: bytes) -> tuple[list[tuple[int, str]], bool]:
    """One datagram of an RTM_GETADDR dump: ([(interface index, IPv4 address)], whether it was the last one). Raises
    OSError."""
    try:
        return addresses_in(data)
    except struct.error:
        raise OSError("netlink listed addresses in another shape") from None


def addresses_in(data: bytes) -> tuple[list[tuple[int, str]], bool]:
    found: list[tuple[int, str]] = []
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind == NLMSG_ERROR:
            raise OSError("netlink refused to list addresses")
        if kind == NLMSG_DONE or length < 16:
            return found, True
        if kind == RTM_NEWADDR:
            index = struct.unpack_from("=4xI", data, at + 16)[0]
            attributes, position = {}, at + 24
            while position + 4 <= at + length:
                size, name = struct.unpack_from("=HH", data, position)
                attributes[name] = data[position + 4 : position + size]
                position += max(4, size + 3 & ~3)
            address = attributes.get(IFA_LOCAL) or attributes.get(IFA_ADDRESS) or b""
            if not address:
                raise struct.error("without an address")
            found.append((index, socket.inet_ntoa(address)))
        at += length + 3 & ~3
    return found, False


def list_addresses() -> list[tuple[int, str]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as channel:
        channel.settimeout(1)
        channel.bind((0, 0))
        channel.send(struct.pack("=IHHIIBBBBI", 24, RTM_GETADDR, NLM_F_DUMP_REQUEST, 1, 0, socket.AF_INET, 0, 0, 0, 0))
        found: list[tuple[int, str]] = []
        last = False
        while not last:
            part, last = parse_addresses(channel.recv(65536))
            found += part
        return found


class AddressEvents:
    """Wakes the loop when an IPv4 address comes or goes; what is there is read afresh, not taken from the event."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
        self.socket.bind((0, RTMGRP_IPV4_IFADDR))

    def drain(self) -> None:
        """Until there is none, or ENOBUFS tells that some were dropped: one look is enough for all of them."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass
