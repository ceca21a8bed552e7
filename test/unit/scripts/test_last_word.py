"""A claim that the peer's promotion has overtaken takes nothing; a standstill is noticed and hides nothing."""

import unittest

import programs  # noqa: F401
from failover_pair import clock
from failover_pair.api.errors import ApiError
from failover_pair.claim_commands import Add, Demoted, Gate, Pause, ReadTwo
from failover_pair.clock import LONG_AGO
from failover_pair.core.claims import claim
from failover_pair.core.commands import Do, Promoted, Say, SetYield
from failover_pair.core.decide import first_time, waiting_for
from failover_pair.core.last_word import Superseded
from failover_pair.hearing import Told
from failover_pair.standstill import Standstill
from machine import BRIDGE, ME, PEER, VIP, Machine

DROPPED = "the peer was promoted later and has 10.0.1.1: the claim is dropped"


def stood_still(one, since=990.0, until=1000.0):
    one.facts.update(stood_still_since=since, stood_still_until=until)
    one.gather()
    return one


class Standstills(unittest.TestCase):
    def setUp(self):
        self.now = 100.0
        self.addCleanup(setattr, clock, "now", clock.now)
        clock.now = lambda: self.now
        self.one = Standstill()

    def wait(self, seconds):
        self.now += seconds
        self.one.look()
        return self.one.began, self.one.ended

    def test_a_wait_that_lasts_as_long_as_asked_is_none(self):
        self.one.waits("loop", 1.0)
        self.now += 1.4
        self.one.goes_on("loop")
        self.assertEqual(self.wait(100.0), (LONG_AGO, LONG_AGO), "nothing waits")

    def test_the_first_to_be_overdue_tells_once(self):
        self.one.waits("talk", 1.0)
        self.one.waits("loop", 0.2)
        self.assertEqual(self.wait(0.6), (LONG_AGO, LONG_AGO))
        self.assertEqual(self.wait(0.2), (100.6, 100.8))
        self.assertEqual(self.wait(50.0), (100.6, 100.8))

    def test_a_request_has_no_known_time_and_the_other_thread_has(self):
        self.one.waits("talk", 1.0)
        self.now += 0.9
        self.one.waits("loop", 0.0)
        self.one.goes_on("loop")
        self.now += 20.0
        self.one.goes_on("talk")
        self.assertEqual((self.one.began, self.one.ended), (100.9, 120.9))


class AfterAStandstill(unittest.TestCase):
    def test_nothing_is_acted_upon_before_the_peer_has_spoken(self):
        one = stood_still(Machine(BRIDGE).master().carried(follows_in=-5.0))
        one.state.dispute.mandate = True
        one.state.schedule.check_at = one.state.schedule.settle_at = 0.0
        self.assertEqual(first_time(waiting_for(one.state)), 1001.2)
        self.assertEqual(one.turn(), [])
        one.peer.heard_at = 1000.0
        self.assertEqual({name for name, at, _ in waiting_for(one.state) if at <= 1000.0}, {"settle", "mandate", "beat", "verify"})

    def test_a_silent_peer_is_awaited_for_a_moment(self):
        one = stood_still(Machine(BRIDGE).master().carried(follows_in=-5.0))
        one.now = 1001.2
        one.turn()
        self.assertEqual(one.aliases[ME], [VIP])

    def test_a_promotion_was_before_all_that_it_hid(self):
        one = stood_still(Machine().backup())
        one.hears(master=True, promotedAgo=5.0)
        one.turn(master=True)
        self.assertIn(Promoted(990.0), one.done)
        self.assertEqual((one.lines()[-1], one.aliases[PEER]), (DROPPED, [VIP]))

    def test_a_claim_waits_too_and_asks_whether_it_is_still_master(self):
        one = stood_still(Machine().master())
        one.perform(claim(one.state))
        waited = len(one.done) - 1 - one.done[::-1].index(Pause(0.05))
        self.assertGreaterEqual(one.now, 1001.2)
        self.assertEqual(one.kinds()[waited + 1], Gate)
        self.assertEqual(one.aliases[ME], [VIP])

    def test_a_master_that_gave_way_to_the_priority_is_given_the_address_back(self):
        """The simulator found it: the grace period ended while the node stood still, and it took the alias."""
        one = stood_still(Machine(BRIDGE).master(promoted=900.0).carried(follows_in=-5.0))
        one.hears(state="BACKUP", promotedAgo=9.0)
        one.turn()
        self.assertEqual((one.lines()[-1], one.aliases[PEER]), (DROPPED, [VIP]))
        self.assertEqual((one.state.carried.by, one.state.dispute.edge), (None, True))
        one.now += 0.1
        one.turn()
        self.assertIn("the peer was promoted later and takes 10.0.1.1, or has it: this node steps down", one.lines())
        self.assertEqual(one.done[-1], SetYield(0))

    def test_adverts_are_enough(self):
        one = stood_still(Machine().master())
        one.state.dispute.heard_another(one.now)
        one.now += 2
        with self.assertRaises(Superseded):
            one.perform(claim(one.state))

    def test_it_explains_nothing_for_ever(self):
        one = stood_still(Machine().master(promoted=900.0), until=960.0)
        one.hears(state="BACKUP", promotedAgo=9.0)
        one.perform(claim(one.state))
        self.assertEqual(one.aliases[ME], [VIP])


class Overtaken(unittest.TestCase):
    def one(self, **words):
        one = Machine().master(promoted=900.0)
        one.hears(**{"master": True, "state": "MASTER", "promotedAgo": 5.0, **words})
        return one

    def test_nothing_is_taken_from_who_was_promoted_later(self):
        """The simulator found it: keepalived stood still, so this node was MASTER for its agent and for nothing else."""
        for hears in (True, False):
            one = self.one(hears=hears)
            one.state.schedule.check_at, one.state.dispute.mandate = 0.0, True
            one.turn()
            self.assertEqual((one.lines()[-1], one.aliases[PEER]), (DROPPED, [VIP]))
            self.assertEqual((one.state.dispute.mandate, one.state.schedule.check_at), (False, 1001.0))

    def test_what_it_says_last_counts(self):
        one = self.one(promotedAgo=500.0)
        one.answers[Do.HEAR] = lambda _: setattr(one.peer, "told", Told(master=True, promotedAgo=5.0))
        with self.assertRaises(Superseded):
            one.perform(claim(one.state))
        self.assertEqual(one.aliases[PEER], [VIP])

    def test_a_claim_that_has_taken_it_leaves_it_to_the_peer(self):
        one = self.one(promotedAgo=500.0)
        later = Told(master=True, promotedAgo=5.0)
        one.answers[Do.HEAR] = [None, lambda _: setattr(one.peer, "told", later)]
        with self.assertRaises(Superseded):
            one.perform(claim(one.state))
        self.assertEqual(one.aliases, {ME: [], PEER: []})
        one.perform(claim(one.state))
        self.assertEqual(one.aliases[ME], [VIP], "no server has it, so it is taken from none")

    def test_who_claims_all_the_same(self):
        def insists(one):
            one.state.claims.insist = True

        for name, words, arrange in (
            ("an operator's claim", {}, insists),
            ("the last one that was promoted", {"promotedAgo": 101.0}, lambda _: None),
            ("the peer is BACKUP by now", {"master": False, "state": "BACKUP"}, lambda _: None),
            ("the peer is silent", {"ago": 3.0}, lambda _: None),
        ):
            with self.subTest(name):
                one = self.one(**words)
                arrange(one)
                one.perform(claim(one.state))
                self.assertEqual(one.aliases[ME], [VIP])

    def test_it_looks_more_and_more_rarely(self):
        one = self.one(hears=False)
        one.state.schedule.check_at = 0.0
        one.state.dispute.promoted_at, one.state.dispute.lost_at = 997.0, 990.0
        one.turn()
        self.assertIn("n3 took 10.0.1.1 while this node is MASTER; it answers here: claiming again in 2 s", one.lines())


class Promotion(unittest.TestCase):
    def test_is_told_before_the_api_is_waited_for(self):
        one = Machine().backup()
        one.answers[ReadTwo] = ApiError("network", "no answer")
        one.answers[Gate] = [None, Demoted()]
        one.turn(master=True)
        said = next(each for each in one.done if isinstance(each, Say))
        self.assertTrue(said.facts["master"])
        self.assertLess(one.done.index(said), one.kinds().index(Gate))
        self.assertNotIn(Add, one.kinds())


if __name__ == "__main__":
    unittest.main()
