"""When the agent asks, what it believes, and how the two nodes' counters become a sentence."""

import json
import os
import sys
import tempfile
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import sockets as socket_lists
from failover_pair import account as accounts
from failover_pair import clock, carrying, explaining, journey


WHAT = ("10.0.1.1", 80, "tcp")


class FakeRound:
    outcome = journey.SERVED

    def __init__(self, *_):
        self.outcomes = {WHAT: self.outcome}

    def collect(self, _until):
        pass

    def close(self):
        pass

    failed = journey.Round.failed


def counts(*reached):
    return {name: int(name in reached) for name in journey.COUNTERS}


def account(name, counters, hints=None):
    return {"for": name, "counters": counters, "suspects": hints or {}}


def told(asks=None, given=None, node="nginx0"):
    return types.SimpleNamespace(asks=asks, account=given, node=node)


class Asking(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.clock, self.lines = 1000.0, []
        for module, name, value in ((clock, "now", lambda: self.clock), (carrying, "answers_echo", lambda *_: None)):
            patch = mock.patch.object(module, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        patch = mock.patch.object(journey, "Round", FakeRound)
        patch.start()
        self.addCleanup(patch.stop)
        self.addCleanup(setattr, FakeRound, "outcome", journey.SERVED)
        config = types.SimpleNamespace(node="nginx1", address="10.0.1.3", peerAddress="10.0.1.2", vips=["10.0.1.1"])
        config.ports, config.run = ["80/tcp"], lambda name: os.path.join(folder.name, name)
        self.one = carrying.Carrying(config, "169.254.73.2", {}, lambda: "", lambda text, level: self.lines.append(text))
        self.addCleanup(self.one.explaining.door.close)

    def turns(self, seconds):
        """The agent's loop, for so long; how often something was to be published."""
        until, published = self.clock + seconds, 0
        while self.one.due <= until:
            self.clock = max(self.clock, self.one.due)
            published += self.one.tick()
        self.clock = until
        return published

    def test_about_once_a_minute_while_all_is_well(self):
        self.one.begins()
        self.assertEqual(self.turns(2), 0)
        published = self.turns(600)
        self.assertTrue(8 <= published <= 13, published)
        self.assertTrue(self.one.believed()["ok"])
        self.assertEqual(self.lines, [])

    def test_a_service_at_the_virtual_ip_only_is_asked_at_a_failover_and_not_in_peace(self):
        asked = []
        patches = [mock.patch.object(journey, "Round", lambda _address, _vips, what, _source: asked.append(what) or FakeRound())]
        patches.append(mock.patch.object(socket_lists, "deaf_in_peace", lambda *_: ["80/tcp", "8080/tcp"]))
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)
        self.one.config.ports, self.one.questions.published = ["80/tcp", "443/tcp", "8080/tcp"], ["8080/tcp"]
        self.one.questions.ask(journey.PEACE_PORTS)
        self.one.questions.ask()
        container = (8080, "tcp")  # a rule publishes this port, so it is asked in peace too
        self.assertEqual(asked, [[(443, "tcp"), container], [(80, "tcp"), (443, "tcp"), container]])

    def test_a_failure_is_believed_at_its_third_time(self):
        self.one.begins()
        self.turns(10)
        FakeRound.outcome = journey.SILENT
        self.clock = self.one.due
        self.assertFalse(self.one.tick())
        self.turns(carrying.WAIT_SECONDS + carrying.AGAIN_SECONDS)
        self.assertTrue(self.one.believed()["ok"])
        self.turns(2)
        self.assertFalse(self.one.believed()["ok"])

    def test_one_lost_packet_is_no_failure(self):
        self.one.begins()
        FakeRound.outcome = journey.SILENT
        self.turns(carrying.FIRST_SECONDS + carrying.WAIT_SECONDS)
        FakeRound.outcome = journey.SERVED
        self.turns(1)
        self.assertTrue(self.one.believed()["ok"])

    def test_a_node_that_is_not_backup_any_more_knows_nothing(self):
        self.one.begins()
        self.turns(10)
        self.one.rests()
        self.assertEqual((self.one.believed(), self.one.due), (None, float("inf")))

    def fails(self, before, after):
        """A failure, with the two nodes' counters before and after it: (this node's, the peer's)."""
        self.one.explaining.before = before
        FakeRound.outcome = journey.SILENT
        self.one.begins()
        self.turns(8)
        self.one.explaining.hear_peer(told(given=account(self.one.explaining.asks, after[1], {"forward": ["chain ip filter FORWARD drops by default"]})))
        self.one.explaining.mine = accounts.checked_account(account(self.one.explaining.asks, after[0]))
        self.assertTrue(self.one.explaining.concluded())
        return self.one.believed()["where"]

    def test_both_nodes_counters_tell_where(self):
        where = self.fails((counts(), counts()), (counts("asked"), counts("in_nic")))
        expected = "the journey ends on nginx0 between its NIC and the tunnel (chain ip filter FORWARD drops by default)"
        self.assertEqual(where, "10.0.1.1 (80/tcp): " + expected)
        self.assertEqual(self.lines, ["a failover would not be carried: " + where])

    def test_a_peer_that_says_nothing_is_not_waited_for(self):
        self.one.begins()
        FakeRound.outcome = journey.SILENT
        self.turns(6)
        self.assertLess(self.one.explaining.until, self.clock + explaining.EXPLAIN_SECONDS + 0.1)
        self.one.explaining.conclude()
        self.assertIn("not known", self.one.believed()["where"])
        self.assertEqual(self.one.explaining.until, float("inf"))

    def test_an_answer_to_another_question_does_not_count(self):
        self.one.explaining.explain([(WHAT, journey.SILENT)], lambda _story: None)
        self.one.explaining.hear_peer(told(given=account("another", counts())))
        self.assertIsNone(self.one.explaining.theirs)

    def test_what_a_peer_says_is_looked_at(self):
        for wrong in (
            None,
            [],
            {"for": "1"},
            account(7, counts()),
            account("1", {"asked": 1}),
            account("1", dict(counts(), asked="1")),
            account("1", dict(counts(), asked=-1)),
            dict(account("1", counts()), suspects=[]),
        ):
            self.assertIsNone(accounts.checked_account(wrong), wrong)
        self.assertIsNotNone(accounts.checked_account(account("1", counts())))
        for wrong in ("x" * 41, "a b", "", 5):
            self.one.explaining.hear_peer(told(asks=wrong, node=None))
        self.assertIsNone(self.one.explaining.asked_by)
        self.one.explaining.hear_peer(told(node="\x1b[2J"))
        self.assertEqual(self.one.explaining.peer_name, "the peer")

    def test_explanations_fit_into_a_datagram(self):
        hints = {hook: ["chain %s" % ("x" * 150)] * 3 for hook in ("input", "forward", "output")}
        short = accounts.shortened(hints)
        self.assertLessEqual(len(json.dumps(short)), accounts.MOST_HINTS)
        self.assertTrue(short)
        self.assertEqual(accounts.shortened({"input": ["x" * 1000]}), {})

    def test_ports_that_were_found_stay_while_the_service_is_down(self):
        self.one.config.ports = None
        self.one.questions.unit_cgroup = lambda: "/nginx"
        with mock.patch.object(socket_lists, "listening", lambda *_: ["80/tcp"]):
            self.assertEqual(self.one.questions.asked_ports(), ["80/tcp"])
        with mock.patch.object(socket_lists, "listening", lambda *_: []):
            self.assertEqual(self.one.questions.asked_ports(), ["80/tcp"])
            self.one.questions.published = ["8080/tcp"]
            self.assertEqual(self.one.questions.asked_ports(), ["80/tcp", "8080/tcp"])
        with mock.patch.object(socket_lists, "listening", lambda *_: ["443/tcp"]):
            self.assertEqual(self.one.questions.asked_ports(), ["443/tcp", "8080/tcp"])


if __name__ == "__main__":
    unittest.main()
