"""hear: what counts as an advert, whose it is, and whether its checksum is right."""

import socket
import struct
import unittest

import programs  # noqa: F401
from failover_pair import farewell
from failover_pair import hear


MINE, PEER, OTHER = "10.0.1.2", "10.0.1.3", "10.0.1.4"
CONF = "virtual_router_id 7\nadvert_int 0.2\n10.0.1.1/32 dev ens10\n"


def packet(source, destination, payload=None, protocol=112, options=b""):
    payload = farewell.advert(CONF, source, destination) if payload is None else payload
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    length = 20 + len(options) + len(payload)
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, length, 0, 0, 255, protocol, 0)
    return head + ends + options + payload + b"\0" * 6  # what a NIC fills a short frame up with


class Counts(unittest.TestCase):
    def count(self, one, outgoing):
        found = dict.fromkeys(hear.NAMES, 0)
        hear.count(found, one, outgoing, socket.inet_aton(MINE), socket.inet_aton(PEER))
        return {name: value for name, value in found.items() if value}

    def test_whose_they_are(self):
        self.assertEqual(self.count(packet(MINE, PEER), True), {"sent": 1})
        self.assertEqual(self.count(packet(PEER, MINE), False), {"arrived": 1})
        self.assertEqual(self.count(packet(PEER, MINE, options=b"\1" * 4), False), {"arrived": 1})
        for one, outgoing in (
            (packet(OTHER, MINE), False),
            (packet(PEER, OTHER), False),
            (packet(MINE, PEER), False),
            (packet(PEER, MINE, protocol=17), False),
            (packet(PEER, MINE, payload=b"\x31"), False),
            (b"\x45", False),
        ):
            self.assertEqual(self.count(one, outgoing), {})

    def test_a_wrong_checksum(self):
        for at in range(12):
            body = bytearray(farewell.advert(CONF, PEER, MINE))
            body[at] ^= 0x10
            self.assertEqual(self.count(packet(PEER, MINE, payload=bytes(body)), False), {"arrived": 1, "arrivedBad": 1}, at)
        body = bytearray(farewell.advert(CONF, MINE, PEER))
        body[6] ^= 1
        self.assertEqual(self.count(packet(MINE, PEER, payload=bytes(body)), True), {"sent": 1, "sentBad": 1})

    def test_without_the_pseudo_header_it_is_wrong(self):
        body = farewell.advert(CONF, PEER, MINE)[:6] + b"\0\0" + socket.inet_aton("10.0.1.1")
        body = body[:6] + struct.pack("!H", 0xFFFF - hear.total(body)) + body[8:]
        self.assertEqual(self.count(packet(PEER, MINE, payload=body), False), {"arrived": 1, "arrivedBad": 1})


if __name__ == "__main__":
    unittest.main()
