"""The agent's core: two MASTERs whose agents hear each other, and what the two say."""

import unittest

import programs  # noqa: F401
from failover_pair.clock import NEVER
from failover_pair.core.commands import Do, Log, Say, SetYield
from failover_pair.core.peer import heard, hears_vrrp, peer_says, said, settled_by, speak, stays
from failover_pair.core.two_masters import lower_ended, settle_it
from failover_pair.core.yielding import end_try, look_at_yield, yield_at
from failover_pair.policy import Question
from machine import BRIDGE, ME, VIP, Machine


class Settling(unittest.TestCase):
    def one(self, promoted=900.0, bridge=None):
        one = Machine(bridge, holder=ME).master(promoted=promoted)
        one.hears(master=True, holder=True, stays=True, promotedAgo=5.0)
        return one

    def settle(self, one):
        one.state.schedule.settle_at = one.now
        one.perform(settle_it(one.state))
        self.assertEqual(one.state.schedule.settle_at, NEVER)
        return one.lines()

    def test_the_one_that_was_promoted_first_steps_down(self):
        one = self.one()
        lines = self.settle(one)
        self.assertIn("this node steps down, as it was promoted later", lines[0])
        self.assertEqual(len(lines), 1)
        self.assertTrue(one.state.yielding.on)
        self.assertEqual(one.kinds(), [Question.KEEPALIVED_IS_DEAD, Log, Say, Do.PUBLISH, SetYield, Do.AWAIT_DEMOTION, Do.PUBLISH])

    def test_keepalived_may_not_react(self):
        one = self.one()
        one.answers[Do.AWAIT_DEMOTION] = False
        self.assertEqual(self.settle(one)[1], "keepalived does not react: this node is still MASTER")
        one = self.one()
        one.answers[SetYield] = False
        self.assertEqual(len(self.settle(one)), 1)

    def test_a_dead_keepalived_cannot(self):
        one = self.one()
        one.answers[Question.KEEPALIVED_IS_DEAD] = True
        self.assertEqual(self.settle(one), [])
        self.assertEqual(one.state.schedule.pushed, {"settle": 1030.0})

    def test_the_other_one_stays(self):
        one = self.one(promoted=999.0)
        self.assertEqual(self.settle(one), [])
        self.assertEqual(one.done, [])

    def test_a_peer_that_is_master_itself_carries_nothing(self):
        one = self.one(promoted=996.0, bridge=BRIDGE).carried()
        one.hears(master=True, holder=True, stays=False, promotedAgo=50.0)
        self.assertEqual(self.settle(one)[0], "n3 is MASTER itself, so it carries nothing here: the alias follows")
        self.assertEqual((one.state.carried.by, one.aliases[ME]), (None, [VIP]))

    def test_the_end_of_the_lower_adverts_is_a_look(self):
        one = self.one()
        one.state.dispute.lower.ends = one.now
        one.perform(lower_ended(one.state))
        self.assertEqual((one.state.dispute.lower.ends, one.state.schedule.check_at), (NEVER, 1000.0))


class Yielding(unittest.TestCase):
    def one(self):
        one = Machine().backup()
        one.state.yielding.start(one.now)
        return one

    def look(self, one):
        one.done.clear()
        one.perform(look_at_yield(one.state))
        return one.lines()

    def test_it_lasts_while_the_peer_is_master(self):
        one = self.one()
        one.hears(master=True)
        self.assertEqual(yield_at(one.state), 1003.0)
        self.assertEqual(self.look(one), [])
        one.hears(master=False)
        self.assertEqual(yield_at(one.state), 1000.0)
        self.assertEqual(self.look(one), ["the peer is not MASTER any more: this node may be MASTER again"])
        self.assertEqual((one.state.yielding.on, one.done[-2]), (False, SetYield(0)))

    def test_one_that_is_still_master_looks_at_once_when_it_ends(self):
        one = self.one()
        one.master()
        one.hears(master=True, ago=3.0)
        self.look(one)
        self.assertEqual(one.state.schedule.check_at, 1000.0)

    def test_or_until_it_is_silent(self):
        one = self.one()
        one.hears(master=True, ago=3.0)
        self.assertEqual(self.look(one), ["the peer is silent: this node may be MASTER again"])

    def test_vrrp_is_tried_again(self):
        one = self.one()
        one.now = 1010.0
        one.hears(master=True)
        self.look(one)
        self.assertEqual((one.done[-1], one.state.yielding.trying_until), (SetYield(0), 1012.5))
        one.now, one.answers[Do.IS_MASTER] = 1012.5, False
        self.assertEqual(self.look(one), ["the peer's adverts arrive again: VRRP settles who is MASTER"])
        self.assertFalse(one.state.yielding.on)

    def test_a_try_ends_for_good_when_the_peer_is_not_master_any_more(self):
        """The simulator found it: with keepalived standing still, the next look was put off as a defect."""
        one = self.one()
        one.state.yielding.try_vrrp(one.now, 0.5)
        one.now = one.state.yielding.trying_until
        one.hears(master=False)
        self.assertEqual(self.look(one), ["the peer is not MASTER any more: this node may be MASTER again"])
        self.assertFalse(one.state.yielding.on)

    def test_and_does_not_get_through(self):
        for vrrp, master in (("MASTER", True), ("BACKUP", True)):
            one = self.one()
            one.state.yielding.try_vrrp(one.now, 0.5)
            one.state.role.vrrp, one.answers[Do.IS_MASTER] = vrrp, master
            one.perform(end_try(one.state))
            self.assertEqual((one.state.yielding.on, one.state.yielding.trying), (True, False))
            self.assertEqual(one.done[-2:], [SetYield(1), Do.AWAIT_DEMOTION])


class Knowing(unittest.TestCase):
    def test_whether_vrrp_is_heard(self):
        one = Machine().backup()
        self.assertIsNone(hears_vrrp(one.state), "keepalived has only just told its state")
        one.state.role.state_at = one.now - 6
        self.assertEqual((hears_vrrp(one.state), settled_by(one.state)), (True, "vrrp"))
        one.state.role.vrrp = "FAULT"
        self.assertIsNone(hears_vrrp(one.state))
        one.state.yielding.start(one.now)
        self.assertEqual((hears_vrrp(one.state), settled_by(one.state)), (False, "talk"))

    def test_a_master_knows_it_from_its_peer(self):
        one = Machine().master()
        self.assertEqual((hears_vrrp(one.state), settled_by(one.state)), (None, None))
        one.hears(hearsVrrp=True)
        self.assertEqual((hears_vrrp(one.state), settled_by(one.state)), (True, "vrrp"))
        one.hears(hearsVrrp=True, yields=True)
        self.assertEqual((hears_vrrp(one.state), settled_by(one.state)), (False, "talk"))
        one.hears(hearsVrrp=True, master=True, since=1.0)
        self.assertTrue(hears_vrrp(one.state))
        one.hears(hearsVrrp=True, master=True, since=2.0)
        self.assertFalse(hears_vrrp(one.state))

    def test_which_of_two_masters_stays(self):
        one = Machine().master(promoted=990.0)
        self.assertIsNone(stays(one.state), "it has said nothing")
        one.hears(master=True, promotedAgo=5.0)
        self.assertFalse(stays(one.state))
        one.hears(master=True, promotedAgo=50.0)
        self.assertTrue(stays(one.state))
        one.state.role.promoted_at = None
        self.assertFalse(stays(one.state))
        one.hears(master=True, hears=False)
        self.assertIsNone(stays(one.state))
        one.state.role.master = False
        self.assertIsNone(stays(one.state))

    def test_what_is_said(self):
        one = Machine(BRIDGE).backup()
        one.facts, one.state.role.drained = {"told": "self"}, False
        one.perform(speak(one.state))
        self.assertEqual(one.kinds(), [Say])
        facts = one.done[0].facts
        self.assertEqual((facts["state"], facts["fit"], facts["holder"]), ("BACKUP", True, False))
        one.state.role.state_at = one.now - 10
        one.perform(speak(one.state))
        self.assertEqual(one.kinds(), [Say, Say, Do.PUBLISH], "what is heard is published when it changes")
        one.state.role.drained = True
        self.assertFalse(said(one.state, None)["fit"])

    def test_what_is_read_in_agent_json(self):
        one = Machine().master()
        self.assertFalse(peer_says(one.state))
        one.hears(state="BACKUP")
        self.assertEqual(peer_says(one.state), (False, "BACKUP", False))

    def test_what_the_peer_has_said_is_acted_upon(self):
        one = Machine(BRIDGE).master().carried()
        one.state.carried.beat_at = NEVER
        heard(one.state)
        self.assertEqual((one.state.carried.beat_at, one.state.schedule.settle_at), (NEVER, NEVER))
        one.hears(master=True)
        one.peer.left_at = one.now
        heard(one.state)
        self.assertEqual((one.state.carried.beat_at, one.state.schedule.settle_at), (1000.0, 1000.0))


if __name__ == "__main__":
    unittest.main()
