"""The agent's door, where the bridge answers what it counted: for this node's own question and for the peer's."""

import json
import socket
import types
import unittest

import programs  # noqa: F401
from failover_pair import explaining, journey
from node import OnANode


class Door(OnANode):
    """Where the bridge answers what it counted."""

    def setUp(self):
        super().setUp()
        questions = types.SimpleNamespace(published=[])
        self.one = explaining.Explaining(self.config(), questions)
        self.addCleanup(self.one.door.close)
        self.bridge = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.addCleanup(self.bridge.close)
        self.bridge.bind(self.config().run("bridge.sock"))

    def bridge_answers(self, **known):
        self.assertEqual(self.bridge.recv(64), b"explain")
        answer = {"counters": dict.fromkeys(journey.COUNTERS, 4), "suspects": {}, "published": ["80/tcp"], **known}
        self.bridge.sendto(json.dumps(answer).encode(), self.config().run("agent.sock"))

    def test_the_answer_is_for_this_nodes_question(self):
        self.one.explain([], None)
        self.bridge_answers()
        self.assertFalse(self.one.hear_bridge())
        self.assertEqual((self.one.mine["for"], self.one.account), (self.one.asks, None))
        self.assertEqual(self.one.questions.published, ["80/tcp"])

    def test_the_answer_is_for_the_peers_question(self):
        self.one.hear_peer(types.SimpleNamespace(asks="7-1", account=None, node="b"))
        self.bridge_answers()
        self.one.hear_bridge()
        self.assertEqual((self.one.account["for"], self.one.mine), ("7-1", None))
        # the same question is not put to the bridge again
        self.one.hear_peer(types.SimpleNamespace(asks="7-1", account=None, node="b"))
        with self.assertRaises(BlockingIOError):
            self.bridge.recv(64)

    def test_what_the_bridge_cannot_have_said_is_left_out(self):
        self.one.explain([], None)
        self.bridge.recv(64)
        self.bridge.sendto(b"{", self.config().run("agent.sock"))
        self.assertFalse(self.one.hear_bridge())
        self.assertIsNone(self.one.mine)

    def test_an_explanation_that_is_over_is_not_told_again(self):
        told = []
        self.one.explain([(("10.0.1.1", 80, "tcp"), journey.SILENT)], told.append)
        self.assertEqual(self.one.until, self.time + explaining.EXPLAIN_SECONDS)
        self.one.conclude()
        self.one.conclude()
        self.assertEqual(len(told), 1)


if __name__ == "__main__":
    unittest.main()
