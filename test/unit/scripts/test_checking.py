"""The agent's core: a MASTER looks whether the alias is here, and what it does if not."""

import unittest

import programs  # noqa: F401
from failover_pair.api.errors import ApiError
from failover_pair.claim_commands import ReadOne
from failover_pair.clock import NEVER
from failover_pair.core.checking import probe, verify
from failover_pair.core.commands import Do, SetYield
from failover_pair.policy import Question
from machine import BRIDGE, ME, PEER, VIP, Machine


class WithMaster(unittest.TestCase):
    def one(self, bridge=None, **changes):
        one = Machine(bridge, **{"holder": ME, **changes}).master()
        one.state.claims.peer_id = PEER
        return one

    def verify(self, one, due=False):
        """due: there is a reason to ask the API."""
        one.state.schedule.check_at = one.now if due else NEVER
        one.done.clear()
        one.perform(verify(one.state))
        return one.kinds()


class Verifying(WithMaster):
    def test_the_metadata_service_is_enough(self):
        one = self.one()
        one.state.schedule.metadata_pause = 4.0
        self.assertEqual(self.verify(one), [Do.READ_METADATA])
        schedule = one.state.schedule
        self.assertEqual((schedule.verify_at, schedule.metadata_pause), (1002.0, 0.0))

    def test_a_silent_one_is_asked_more_and_more_rarely(self):
        one, schedule = self.one(), None
        one.answers[Do.READ_METADATA] = None
        found = []
        for _ in range(9):
            self.assertEqual(self.verify(one), [Do.READ_METADATA])
            schedule = one.state.schedule
            found.append(schedule.metadata_at - one.now)
            schedule.metadata_at = one.now
            schedule.api_due = NEVER
        self.assertEqual(found, [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0])
        schedule.metadata_at = one.now + 1
        self.assertEqual(self.verify(one), [])

    def test_one_that_is_behind_a_claim_is_asked_again_soon(self):
        """The simulator found it: each claim doubled a pause that the service's silence had left."""
        for ago, pause, again in ((9.0, 16.0, 1002.0), (11.0, 32.0, 1032.0)):
            one = self.one()
            one.state.schedule.metadata_pause, one.state.claims.claimed_at = 16.0, one.now - ago
            one.answers[Do.READ_METADATA] = [[]]
            self.verify(one, due=True)
            self.assertEqual((one.state.schedule.metadata_pause, one.state.schedule.metadata_at), (pause, again))

    def test_the_api_when_it_contradicts(self):
        one = self.one()
        one.answers[Do.READ_METADATA] = lambda _: []
        self.assertEqual(self.verify(one)[:2], [Do.READ_METADATA, ReadOne])
        schedule = one.state.schedule
        self.assertTrue(one.state.role.confirmed)
        self.assertEqual((schedule.metadata_at, schedule.api_due), (1002.0, 1600.0), "the metadata is behind")

    def test_the_api_for_a_cross_check_and_for_a_reason(self):
        one = self.one()
        one.state.schedule.api_due = one.now
        self.assertIn(ReadOne, self.verify(one))
        self.assertEqual((one.state.schedule.metadata_at, one.state.schedule.api_due), (1000.0, 1600.0))
        self.assertIn(ReadOne, self.verify(one, due=True))
        one.state.schedule.metadata_at = NEVER
        self.verify(one, due=True)
        self.assertEqual(one.state.schedule.api_due, 1300.0)

    def test_what_is_left_of_the_quota_is_for_claims(self):
        one = self.one()
        one.state.schedule.api_due = one.now
        for left, limit, asked in ((359, 3600, False), (360, 3600, True), (None, 3600, True), (0, None, True)):
            one.facts = {"requests_left": left, "requests_limit": limit}
            one.state.schedule.api_due = one.now
            self.assertEqual(ReadOne in self.verify(one), asked, (left, limit))
        one.facts = {"requests_left": 1, "requests_limit": 3600}
        self.assertIn(ReadOne, self.verify(one, due=True))

    def test_a_carried_one_is_looked_at_more_often(self):
        for follows_in, pause in ((30.0, 5.0), (NEVER, 30.0)):
            one = self.one(BRIDGE, holder=PEER).carried(follows_in)
            self.assertEqual(self.verify(one), [Do.READ_METADATA])
            one.aliases = {ME: [VIP], PEER: []}
            one.answers[ReadOne] = [ApiError("network", "no answer")]
            with self.assertRaises(ApiError):
                self.verify(one)
            self.assertEqual(one.state.schedule.api_due - one.now, pause)

    def test_not_so_often_while_the_peer_has_it_on_purpose(self):
        one = self.one()
        one.state.dispute.reclaim_at = 2000.0
        self.verify(one)
        self.assertEqual(one.state.schedule.verify_at, 1030.0)

    def test_a_later_promotion_of_the_peer(self):
        one = self.one(holder=PEER)
        one.state.dispute.heard_another(one.now)
        one.answers[Do.AWAIT_DEMOTION] = True
        self.verify(one, due=True)
        self.assertIn("the peer was promoted later and takes 10.0.1.1, or has it: this node steps down", one.lines())
        self.assertEqual(one.done[-1], SetYield(0))
        self.assertEqual(one.aliases[ME], [])

    def test_a_holder_stays_master_when_another_was_heard(self):
        one = self.one()
        one.state.dispute.heard_another(one.now)
        self.verify(one, due=True)
        self.assertEqual((one.lines(), one.state.dispute.edge), ([], False))
        self.assertEqual(one.state.schedule.check_at, 1000.5)

    def test_who_was_promoted_last_does_not_give_way(self):
        one = self.one(holder=PEER)
        one.state.dispute.heard_another(one.now)
        one.state.dispute.mandate = True
        self.verify(one, due=True)
        self.assertEqual(one.aliases[ME], [VIP])


class Losing(WithMaster):
    def test_a_stripped_alias_is_repaired(self):
        one = self.one(holder=None)
        self.verify(one, due=True)
        one.now += 0.4
        self.verify(one, due=True)
        self.assertIn("10.0.1.1 is not here although this node is MASTER: repairing", one.lines())
        self.assertEqual(one.aliases[ME], [VIP])

    def test_what_the_peer_carries_is_not_lost(self):
        one = self.one(BRIDGE, holder=PEER).carried()
        self.verify(one, due=True)
        self.assertEqual((one.state.carried.by, one.aliases[ME]), ("n3", []))

    def test_keepalived_is_dead(self):
        one = self.one(holder=PEER)
        one.answers[Question.KEEPALIVED_IS_DEAD] = True
        self.verify(one, due=True)
        self.assertEqual(one.lines(), ["keepalived is dead and left the VIP on the NIC: not claiming"])
        self.verify(one, due=True)
        self.assertEqual(one.lines(), [])

    def test_one_that_yields_waits_and_does_not_ask_often(self):
        one = self.one(holder=PEER)
        one.state.yielding.start(one.now)
        self.verify(one, due=True)
        self.assertEqual((one.lines(), one.aliases[ME]), ([], []))
        self.assertEqual((one.state.schedule.check_at, one.state.schedule.verify_at), (NEVER, 1030.0))

    def test_it_gives_way_to_a_peer_and_claims_again_much_later(self):
        one = self.one(holder=PEER)
        one.answers[Question.PEER_ANSWERS] = False
        self.verify(one, due=True)
        one.answers[Question.PEER_ANSWERS] = False
        text = "n3 took 10.0.1.1 while this node is MASTER; it does not answer here: claiming again in 60 s"
        self.assertEqual(one.lines(), [text])
        self.assertEqual((one.state.schedule.check_at, one.aliases[ME]), (1060.0, []))
        one.now = 1060.0
        self.verify(one, due=True)
        self.assertEqual(one.aliases[ME], [VIP])

    def test_the_pause_is_shorter_while_the_peer_answers(self):
        one = self.one(holder=PEER)
        self.verify(one, due=True)
        self.assertIn("it answers here: claiming again in 2 s", one.lines()[0])

    def test_a_peer_that_is_gone_has_no_id(self):
        one = self.one(holder=None)
        del one.aliases[PEER]
        one.state.claims.peer_id = None
        self.verify(one, due=True)
        self.assertIsNone(one.state.claims.peer_id)

    def test_a_probe_ends_the_pause(self):
        one = self.one()
        one.state.dispute.reclaim_at = 2000.0
        for answers, at in ((False, NEVER), (True, 1001.0)):
            one.answers[Question.PEER_ANSWERS], one.state.schedule.check_at = answers, NEVER
            one.perform(probe(one.state))
            self.assertEqual(one.state.schedule.check_at, at)


if __name__ == "__main__":
    unittest.main()
