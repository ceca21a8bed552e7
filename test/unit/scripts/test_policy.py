"""When a MASTER claims, waits or gives way: facts in, decisions out. No process, no clock."""

import os
import re
import unittest

import programs
from failover_pair.clock import LONG_AGO, NEVER
from failover_pair.policy import (
    Claiming,
    Dispute,
    Kind,
    Leaves,
    Lost,
    LowerAdverts,
    Question,
    Settled,
    TwoMasters,
    Yielding,
    gives_back,
    leaves_it,
    settle,
)

NOBODY = Lost(False, False, False, False, False, False, None, False, 0.0, 4.0)
PEER = NOBODY._replace(held=True, held_whole=True)


class Disputes(unittest.TestCase):
    def decide(self, dispute, facts, now, answers=True, dead=False, share=1.0):
        self.asked = []
        deciding = dispute.lost(facts, now, lambda: share)
        answer = None
        while True:
            try:
                question = deciding.send(answer) if answer else next(deciding)
            except StopIteration as end:
                return end.value
            self.asked.append(question)
            answer = (answers if question is Question.PEER_ANSWERS else dead), now

    def promoted(self, at=1000.0):
        one = Dispute(False)
        one.promoted(at)
        return one

    def test_a_promotion_is_the_last_word(self):
        one = Dispute(False)
        one.undone, one.reclaim_at = 4, 2000.0
        one.promoted(1000.0)
        self.assertEqual((one.mandate, one.promoted_at, one.undone, one.reclaim_at), (True, 1000.0, 0, NEVER))
        one.demoted()
        self.assertEqual((one.mandate, one.reclaim_at, one.lower.ends), (False, NEVER, NEVER))

    def test_what_the_peer_carries_is_not_lost_unless_another_master_was_just_heard(self):
        one = Dispute(False)
        facts = PEER._replace(carried=True)
        self.assertEqual(self.decide(one, facts, 5000.0).kind, Kind.CARRIED)
        one.heard_another(5000.0)
        self.assertNotEqual(self.decide(one, facts, 5000.0).kind, Kind.CARRIED)
        self.assertFalse(one.edge, "it counts once")

    def test_one_that_yields_claims_nothing_while_its_keepalived_does_not_react(self):
        """The simulator found it: with keepalived of one node standing still, both took the alias from each other."""
        for facts in (PEER, NOBODY):
            self.assertEqual(self.decide(Dispute(False), facts._replace(yields=True), 5000.0), (Kind.LATER, NEVER, False))

    def test_what_no_server_has_is_taken_after_a_moment(self):
        one = Dispute(False)
        first = self.decide(one, NOBODY, 5000.0)
        self.assertEqual((first.kind, first.at), (Kind.LATER, 5000.3))
        self.assertEqual(self.decide(one, NOBODY, 5000.4).kind, Kind.REPAIR)
        self.assertEqual(one.undone, 0, "the peer has taken nothing")

    def test_a_peer_that_is_changed_may_be_getting_it(self):
        one = Dispute(False)
        self.decide(one, NOBODY, 5000.0)
        self.assertEqual(self.decide(one, NOBODY._replace(peer_locked=True), 5005.0).kind, Kind.LATER)
        self.assertEqual(self.decide(one, NOBODY._replace(peer_locked=True), 5011.0).kind, Kind.REPAIR)

    def test_the_one_that_was_promoted_last_takes_it_back_once(self):
        one = self.promoted()
        first = self.decide(one, PEER, 1001.0)
        self.assertEqual((first.kind, first.at), (Kind.LATER, 1001.3), "keepalived may be about to hear the peer")
        self.assertEqual(self.decide(one, PEER, 1002.5).kind, Kind.REPAIR)
        given = self.decide(one, PEER, 1003.0)
        self.assertEqual((given.kind, one.reclaim_at), (Kind.GIVE_WAY, 1007.0))
        self.assertEqual(self.decide(one, PEER, 1005.0).kind, Kind.LATER)
        self.assertEqual(self.decide(one, PEER, 1007.0).kind, Kind.RECLAIM)

    def test_a_live_peer_is_asked_when_the_promotion_is_some_seconds_old(self):
        for answers, kind in ((True, Kind.LATER), (False, Kind.GIVE_WAY)):
            one = self.promoted()
            self.assertEqual(self.decide(one, PEER, 1007.0, answers=answers).kind, kind)
            self.assertEqual(self.asked[0], Question.PEER_ANSWERS)

    def test_the_pauses_grow_and_are_longer_against_a_peer_that_is_not_seen(self):
        for answers, most in ((True, 60.0), (False, 900.0)):
            one, now, pauses = Dispute(False), 5000.0, []
            for _ in range(14):
                self.decide(one, PEER, now, answers=answers)
                pauses.append(one.reclaim_at - now)
                now, one.reclaim_at = one.reclaim_at, NEVER
            self.assertEqual(pauses, sorted(pauses))
            self.assertEqual(pauses[-1], most)

    def test_a_peer_that_is_off_keeps_nothing(self):
        self.assertEqual(self.decide(Dispute(False), PEER._replace(peer_off=True), 5000.0).kind, Kind.REPAIR)

    def test_a_dead_keepalived_claims_nothing(self):
        one = Dispute(False)
        first = self.decide(one, NOBODY, 5000.0, dead=True)
        self.assertEqual((first.kind, first.at, first.first), (Kind.KEEPALIVED_DEAD, 5030.0, True))
        self.assertFalse(self.decide(one, NOBODY, 5030.0, dead=True).first, "said once")

    def test_agents_that_hear_each_other_settle_it(self):
        facts = PEER._replace(stays=False, peer_master_for=2.0)
        self.assertEqual(self.decide(Dispute(False), facts, 5000.0).kind, Kind.LATER)
        self.assertEqual(self.decide(Dispute(False), facts._replace(peer_master_for=5.0), 5000.0).kind, Kind.GIVE_WAY)

    def test_nothing_is_settled_while_adverts_come_one_way(self):
        one = Dispute(False)
        self.assertTrue(one.lower.heard(5000.0))
        self.assertFalse(one.lower.heard(5000.5))
        self.assertEqual(self.decide(one, PEER, 5001.0), (Kind.LATER, NEVER, False))
        self.assertEqual(self.decide(one, NOBODY, 5001.0), (Kind.LATER, NEVER, False))

    def test_a_holder_looks_closely_after_another_master_and_after_its_promotion(self):
        one = self.promoted()
        self.assertEqual(one.look_after_confirmed(1001.0), 1004.0)
        self.assertEqual(one.look_after_confirmed(1006.0), NEVER)
        self.assertEqual((one.look_after_claimed(1001.0), one.look_after_claimed(1020.0)), (1003.0, 1025.0))
        one.heard_another(1010.0)
        self.assertEqual((one.look_after_confirmed(1011.0), one.look_after_confirmed(1014.0)), (1011.5, 1015.5))

    def test_one_that_has_kept_it_was_not_undone(self):
        one = Dispute(False)
        one.undone = 3
        one.confirmed(5000.0, 4900.0)
        self.assertEqual(one.undone, 3)
        one.confirmed(5000.0, LONG_AGO)
        self.assertEqual((one.undone, one.lost_at), (0, NEVER))

    def test_a_peer_that_is_seen_again_is_looked_at(self):
        one = Dispute(False)
        self.assertFalse(one.probed(False, 5000.0))
        self.assertEqual((one.probe_at, one.reclaim_at), (5002.0, NEVER))
        self.assertTrue(one.probed(True, 5002.0))
        self.assertEqual(one.reclaim_at, 5003.0)


class Series(unittest.TestCase):
    def test_ends_after_a_silence_that_is_longer_than_its_interval(self):
        one = LowerAdverts()
        heard = [one.heard(1000.0 + number * 0.5) for number in range(4)]
        self.assertEqual((heard, one.began), ([True, False, False, False], 1000.0))
        self.assertAlmostEqual(one.ends, 1001.5 + 0.6)
        self.assertTrue(one.heard(1010.0))


class Settling(unittest.TestCase):
    FACTS = TwoMasters(
        stays=False,
        peer_stays=True,
        peer_holder=True,
        peer_master_for=5.0,
        master_for=50.0,
        needs=2.0,
        confirmed=True,
        carried=False,
        mandate=False,
        yields=False,
    )

    def decide(self, **changes):
        return settle(self.FACTS._replace(**changes))

    def test_the_one_that_was_promoted_first_steps_down(self):
        self.assertIs(self.decide(), Settled.STEP_DOWN)
        self.assertIs(self.decide(confirmed=False, peer_holder=False), Settled.STEP_DOWN)

    def test_otherwise_it_stays(self):
        for changes in (
            {"stays": True}, {"stays": None}, {"peer_stays": False}, {"peer_stays": None}, {"peer_master_for": 1.0},
            {"mandate": True}, {"yields": True}, {"peer_holder": False},
        ):
            self.assertIs(self.decide(**changes), Settled.NOTHING, changes)

    def test_a_peer_that_is_master_itself_carries_nothing(self):
        self.assertIs(self.decide(carried=True, stays=True), Settled.CLAIM)
        self.assertIs(self.decide(carried=True, stays=True, master_for=1.0), Settled.NOTHING)


class Yields(unittest.TestCase):
    def test_until_the_peer_is_silent_with_tries_in_between(self):
        one = Yielding()
        one.start(1000.0)
        self.assertEqual((one.on, one.due(1003.0), one.due(1030.0)), (True, 1003.0, 1010.0))
        one.try_vrrp(1010.0, 0.5)
        self.assertEqual((one.trying, one.due(1030.0)), (True, 1012.5))
        one.go_on(1012.5)
        self.assertEqual((one.trying, one.try_at), (False, 1022.5))
        one.go_on(5000.0)
        self.assertEqual(one.try_at, 5300.0, "at the latest after five minutes")
        one.stop()
        self.assertEqual((one.on, one.try_at, one.trying), (False, NEVER, False))


class Documented(unittest.TestCase):
    def test_the_page_has_every_verdict_in_the_words_of_the_code(self):
        with open(os.path.join(programs.FOLDER, "..", "docs", "how-it-works.md")) as file:
            page = file.read().partition("### What a MASTER decides")[2].partition("\n## ")[0]
        rows = dict(re.findall(r"^\| `(\w+)`\s*\| (.*?)\s*\|$", page, re.M))
        self.assertEqual(rows, {one.name: one.value for one in (*Kind, *Settled)})


class LeavingIt(unittest.TestCase):
    """A try of a claim has failed, and another MASTER may have the alias."""

    FACTS = Claiming(
        insists=False, yields=False, peer_holds=True, taken=True, stays=False, peer_master_for=8.0, master_for=20.0,
        needs=2.0,
    )

    def test_which_one_serves(self):
        for expected, changes in (
            (Leaves.PROMOTED_LATER, {}),
            (Leaves.PROMOTED_LATER, {"taken": False}),
            (None, {"insists": True}),
            (None, {"yields": True}),
            (None, {"peer_holds": False}),
            (None, {"peer_master_for": 1.0}),
            (None, {"stays": True}),
            (Leaves.CANNOT_TAKE, {"stays": True, "taken": False}),
            (Leaves.CANNOT_TAKE, {"stays": None, "taken": False}),
            (None, {"stays": True, "taken": False, "master_for": 3.0}),
        ):
            self.assertIs(leaves_it(self.FACTS._replace(**changes)), expected, changes)

    def test_mastership_goes_back_to_a_holder_that_has_recovered(self):
        for expected, facts in (
            (True, (30.0, 10.0, 600.0)),
            (False, (30.0, 9.9, 600.0)),
            (False, (30.0, 10.0, 599.0)),
            (True, (5.0, 2.5, NEVER)),
            (False, (5.0, 2.4, 600.0)),
            (True, (0.5, 1.0, 600.0)),
            (False, (0.5, 0.9, 600.0)),
        ):
            self.assertIs(gives_back(*facts), expected, facts)


if __name__ == "__main__":
    unittest.main()
