"""alias-switch: the sockets of the two agents' talk, with a clock that only the test moves."""

import json
import socket
import types
import unittest

import programs  # noqa: F401
from failover_pair import clock
from failover_pair.hearing import parse_told
from failover_pair.standstill import Standstill
from failover_pair.talk import Talk


GOOD = {"v": 1, "sent": 5.0, "state": "MASTER", "master": True, "promotedAgo": 3.5, "holder": True, "hears": True}


def datagram(**changes):
    return json.dumps(dict(GOOD, **changes)).encode()


class Datagrams(unittest.TestCase):
    def setUp(self):
        self.clock = 1000.0
        self.addCleanup(setattr, clock, "now", clock.now)
        clock.now = lambda: self.clock
        self.talk = self.open("127.0.0.1", "127.0.0.2")

    def open(self, own, peer):
        settings = types.SimpleNamespace(address=own, peerAddress=peer, vips=["10.9.9.9"])
        talk = Talk(settings, types.SimpleNamespace(on=False), Standstill())
        self.addCleanup(talk.sockets[0].close)
        return talk

    FACTS = {"state": "BACKUP", "master": False, "holder": False, "carried": False, "leaving": True, "fit": True}

    def receive(self):
        self.clock += 1
        self.talk.sockets[0].setblocking(True)
        data, source = self.talk.sockets[0].recvfrom(4096)
        self.talk.sockets[0].setblocking(False)
        return data, source

    def test_what_one_says_the_other_hears(self):
        self.open("127.0.0.2", "127.0.0.1").say(yields=False, **self.FACTS)
        data, source = self.receive()
        self.assertEqual(source, ("127.0.0.2", 24788))
        self.talk.heard.take(data, self.clock)
        self.assertEqual((self.talk.heard.told.state, self.talk.heard.told.leaving, self.talk.heard.told.promotedAgo), ("BACKUP", True, None))

    def test_a_change_is_said_at_once_and_nothing_twice(self):
        peer = self.open("127.0.0.2", "127.0.0.1")
        for holder in (False, False, True, True):
            peer.say(yields=False, **dict(self.FACTS, holder=holder))
        self.assertEqual(peer.beats, 2)

    def test_the_longest_journey_still_fits(self):
        peer = self.open("127.0.0.2", "127.0.0.1")
        peer.journey, peer.promoted_at = {"ok": False, "where": "\u00e4" * 5000}, 1.0
        peer.say(yields=False, **self.FACTS)
        data, _ = self.receive()
        self.assertLessEqual(len(data), Talk.MOST_BYTES)
        self.assertIsNotNone(parse_told(data))

    def test_another_address_port_or_size_is_ignored(self):
        for source, data in (("127.0.0.3", datagram()), ("127.0.0.2", datagram()), ("127.0.0.1", datagram() + b" " * 1200)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind((source, 0))
                stranger.sendto(data, ("127.0.0.1", 24788))
        self.talk.hear()
        self.assertFalse(self.talk.heard.fresh(self.clock))


if __name__ == "__main__":
    unittest.main()
