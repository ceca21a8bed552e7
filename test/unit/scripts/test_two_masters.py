"""alias-switch: a claim of one of two MASTERs, while the other one has the alias."""

import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import clock
from failover_pair.agent import Agent


class LeaveItToTheHolder(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.object(clock, "now", lambda: 1000.0)
        patch.start()
        self.addCleanup(patch.stop)
        self.one = Agent.__new__(Agent)
        self.one.insist, self.one.advert_interval = False, 0.5
        self.one.yielding = types.SimpleNamespace(on=False)
        self.one.dispute = types.SimpleNamespace(promoted_at=980.0)
        self.one.config = types.SimpleNamespace(what="10.0.1.1")
        self.peer = types.SimpleNamespace(holder=True, hears=True)
        self.one.talk = types.SimpleNamespace(master=True, master_for=8.0, peer=self.peer)
        self.said = []
        self.one.step_down, self.one.gate = self.said.append, lambda: None

    def steps_down(self, stays, taken_from):
        self.said.clear()
        with mock.patch.object(Agent, "stays", stays):
            self.one.leave_it_to_the_holder(types.SimpleNamespace(taken_from=taken_from))
        return self.said

    def test_a_claim_that_has_begun_ends_when_the_holder_was_promoted_later(self):
        """The simulator found it: the claim took the alias from a node that had got it in the meantime, and served."""
        self.assertEqual(self.steps_down(False, "web1"), ["it was promoted later"])

    def test_it_goes_on_while_vrrp_may_settle_it(self):
        self.one.talk.master_for = 1.0
        self.assertEqual(self.steps_down(False, "web1"), [])

    def test_it_goes_on_when_this_node_was_promoted_later(self):
        self.assertEqual(self.steps_down(True, "web1"), [])

    def test_it_goes_on_for_the_operator_and_without_a_holder(self):
        self.one.insist = True
        self.assertEqual(self.steps_down(False, None), [])
        self.one.insist, self.peer.holder = False, False
        self.assertEqual(self.steps_down(False, None), [])

    def test_one_that_cannot_begin_is_left_to_the_holder(self):
        self.assertEqual(self.steps_down(True, None), ["it cannot take 10.0.1.1"])


if __name__ == "__main__":
    unittest.main()
