"""alias-switch: the sockets of the two agents' talk, with a clock that only the test moves."""

import contextlib
import io
import json
import socket
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import clock, talk
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

    def test_who_is_not_master_any_more_does_not_say_so(self):
        peer = self.open("127.0.0.2", "127.0.0.1")

        def fails(_config):
            raise OSError("no netlink")

        for there, master in ((lambda _config: True, True), (lambda _config: False, False), (fails, False)):
            with mock.patch.object(talk, "is_master", there):
                peer.say(yields=False, **dict(self.FACTS, state="MASTER", master=True, holder=True))
                peer.beat()
            data = self.receive()[0]
            self.assertIs(json.loads(data)["master"], master)
            self.talk.hear()

    def test_the_thread_speaks_on_only_as_long_as_the_agent_does(self):
        peer = self.open("127.0.0.2", "127.0.0.1")
        peer.say(yields=False, **self.FACTS)

        def sleep(seconds):
            self.clock += seconds
            if self.clock > 1000 + 2 * Talk.STUCK_SECONDS:
                raise KeyboardInterrupt

        started = []
        thread = lambda target, daemon: types.SimpleNamespace(start=lambda: started.append((target, daemon)))
        with mock.patch.object(talk, "threading", types.SimpleNamespace(Thread=thread)):
            peer.begin()
        (work, daemon), = started
        with mock.patch.object(talk, "time", types.SimpleNamespace(sleep=sleep)), self.assertRaises(KeyboardInterrupt):
            work()
        self.assertTrue(daemon)
        self.assertAlmostEqual(peer.beats, 1 + Talk.STUCK_SECONDS / talk.BEAT_SECONDS, delta=1)

    def test_a_long_account_is_left_out(self):
        peer = self.open("127.0.0.2", "127.0.0.1")
        peer.say(yields=False, account={"for": "x", "suspects": "s" * 2000}, **self.FACTS)
        data, _ = self.receive()
        self.assertIsNone(json.loads(data)["account"])

    def test_a_port_that_is_taken_is_told(self):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            self.open("127.0.0.1", "127.0.0.2")
        self.assertIn("the peer cannot be heard at 127.0.0.1, UDP port 24788", errors.getvalue())

    def test_with_a_tunnel_both_ways_are_spoken_and_words_only_while_the_peer_is_silent(self):
        bridge = types.SimpleNamespace(on=True, own="127.0.0.5", peer="127.0.0.6")
        settings = types.SimpleNamespace(address="127.0.0.4", peerAddress="127.0.0.2", vips=["10.9.9.9"])
        one, sent = Talk(settings, bridge, Standstill()), []
        for each in one.sockets:
            self.addCleanup(each.close)
        one.send = lambda data, ways: sent.append((data, len(ways)))
        one.promoted(990.0)
        facts = {**dict.fromkeys((word.decode() for word in talk.WORDS), True), "state": "MASTER"}
        with mock.patch.object(talk, "is_master", lambda _config: True):
            one.say(**{**self.FACTS, **facts})
        self.assertEqual(sent[0][1], 2)
        self.assertEqual(json.loads(sent[0][0])["promotedAgo"], 10.0)
        self.assertEqual(sent[1:], [(word, 1) for word in talk.WORDS])


if __name__ == "__main__":
    unittest.main()
