"""The agent's core: a promotion while the peer has the alias and carries, and a claim's tries."""

import unittest

import programs  # noqa: F401
from failover_pair.api.errors import ApiError
from failover_pair.claim_commands import Add, Demoted, Gate, Pause, ReadTwo, Take, Tell
from failover_pair.clock import NEVER
from failover_pair.core.claims import claim
from failover_pair.core.commands import Answered, Do, SetYield
from machine import BRIDGE, ME, PEER, VIP, Machine


def promoted(bridge=BRIDGE, **changes):
    one = Machine(bridge, **changes).master(confirmed=False)
    one.state.dispute.promoted(one.now)
    one.state.claims.peer_id = PEER
    return one


class Mandate(unittest.TestCase):
    def test_a_peer_that_carries_is_left_the_alias(self):
        one = promoted()
        one.turn()
        self.assertEqual(one.lines(), ["n3 has 10.0.1.1 and carries it here; the alias follows after 30 s"])
        carried = one.state.carried
        self.assertEqual((carried.by, carried.beat_at, carried.follow_at), ("n3", 1000.5, 1030.0))
        self.assertEqual((one.state.dispute.mandate, one.aliases[PEER]), (False, [VIP]))
        self.assertEqual((one.state.schedule.check_at, one.state.schedule.api_due), (NEVER, 1005.0))
        self.assertIn(Answered(1000.05), one.done)

    def test_one_that_is_carried_already_keeps_its_time(self):
        one = promoted().carried(follows_in=7.0)
        one.turn()
        self.assertEqual((one.lines(), one.state.carried.follow_at), ([], 1007.0))

    def test_only_when_it_is_unreachable(self):
        one = promoted({**BRIDGE, "follow": "ifUnreachable"})
        one.turn()
        self.assertIn("the alias follows when it is not reachable any more", one.lines()[0])
        self.assertEqual(one.state.carried.follow_at, NEVER)

    def test_what_claims_at_once(self):
        def insists(one):
            one.state.claims.insist = True

        def left(one):
            one.peer.left_at = one.now

        for name, bridge, arrange in (
            ("immediately", {**BRIDGE, "follow": "immediately"}, lambda _: None),
            ("no bridge", None, lambda _: None),
            ("the operator", BRIDGE, insists),
            ("the peer shuts down", BRIDGE, left),
        ):
            with self.subTest(name):
                one = promoted(bridge)
                arrange(one)
                one.turn()
                self.assertNotIn(Do.ASK, one.done)
                self.assertEqual(one.aliases[ME], [VIP])

    def test_a_peer_that_does_not_carry(self):
        one = promoted()
        one.answers[Answered] = False
        one.turn()
        self.assertIn(Do.FAILED_OVER, one.done)
        self.assertEqual((one.aliases[ME], one.state.carried.by), ([VIP], None))
        self.assertEqual(one.kinds().count(ReadTwo), 1, "the servers were read just now")

    def test_readings_that_are_too_old_are_read_again(self):
        one = promoted()
        one.answers[Answered] = lambda _: setattr(one, "now", 1002.0)
        one.turn()
        self.assertEqual(one.kinds().count(ReadTwo), 2)

    def test_a_locked_peer_and_one_without_the_alias_are_not_asked(self):
        for holder, locked in ((PEER, {PEER}), (None, set())):
            one = promoted(holder=holder)
            one.locked = locked
            one.answers[Gate] = [None, Demoted()]
            one.turn()
            self.assertNotIn(Answered, one.kinds())
            self.assertNotIn(Do.FAILED_OVER, one.done)

    def test_without_an_answer_of_the_api_the_metadata_services_word_counts(self):
        for told, by in (("peer", "the peer"), ("self", None)):
            one = promoted()
            one.facts, one.answers[ReadTwo] = {"told": told}, [ApiError("network", "no answer")]
            one.turn()
            self.assertEqual(one.state.carried.by, by)


class Beats(unittest.TestCase):
    def one(self, **changes):
        one = Machine({**BRIDGE, **changes}).master().carried()
        one.state.claims.peer_id = PEER
        return one

    def test_an_answer_is_the_peers_life(self):
        one = self.one()
        one.state.carried.missed = 2
        one.turn()
        self.assertEqual((one.state.carried.missed, one.state.carried.beat_at), (0, 1000.5))
        self.assertEqual(one.done, [Answered(1000.0), Do.ASK])

    def test_three_questions_without_an_answer_are_its_death(self):
        one = self.one()
        one.answers[Answered] = False
        for _ in range(3):
            self.assertEqual(one.aliases[ME], [])
            one.turn()
            one.now += 0.5
        self.assertEqual(one.lines()[0], "n3 does not answer: the alias follows")
        self.assertIn(Do.FAILED_OVER, one.done)
        self.assertEqual((one.aliases[ME], one.state.carried.by, one.state.carried.beat_at), ([VIP], None, NEVER))

    def test_a_peer_that_shuts_down_or_had_its_time(self):
        one = self.one()
        one.peer.left_at = one.now
        one.turn()
        self.assertEqual(one.lines()[0], "n3 shuts down: the alias follows")
        one = self.one()
        one.state.carried.follow_at = one.now
        one.turn()
        self.assertIn(Answered(1000.05), one.done)
        self.assertEqual(one.lines()[0], "n3 had its time: the alias follows")
        self.assertEqual(one.aliases[ME], [VIP])

    def test_a_holder_that_has_recovered_is_master_again(self):
        one = self.one()
        one.state.carried.follow_at = one.now
        one.hears(fit=True, since=11.0)
        one.answers[Do.IS_MASTER] = False
        one.turn()
        self.assertEqual(one.lines(), ["n3 has recovered: it is to be MASTER again"])
        self.assertEqual([each for each in one.done if isinstance(each, SetYield)], [SetYield(1), SetYield(0)])
        self.assertEqual(one.aliases[ME], [])
        self.assertEqual(one.state.carried.gave_back_at, 1000.0)

    def test_it_follows_when_keepalived_does_not_react(self):
        for answer in (False, OSError("no NIC")):
            one = self.one()
            one.state.carried.follow_at = one.now
            one.hears(fit=True, since=11.0)
            one.answers[Do.AWAIT_DEMOTION] = answer
            one.turn()
            self.assertEqual(one.aliases[ME], [VIP])
        one = self.one()
        one.state.carried.follow_at = one.now
        one.hears(fit=True, since=11.0)
        one.answers[SetYield] = False
        one.turn()
        self.assertNotIn(Do.AWAIT_DEMOTION, one.done)


class Claims(unittest.TestCase):
    def claim(self, one, began=None):
        one.done.clear()
        one.perform(claim(one.state, began))
        return one

    def test_what_is_here_already_is_confirmed(self):
        one = self.claim(Machine(holder=ME).master())
        self.assertEqual((one.lines(), one.state.role.confirmed), ([], True))
        self.assertIn(Tell("self"), one.done)
        self.assertEqual(one.state.schedule.check_at, 1005.0)

    def test_it_tries_until_the_alias_is_here(self):
        one = Machine().master()
        one.answers[ReadTwo] = [ApiError("network", "no answer")]
        one.state.claims.peer_id = PEER
        self.claim(one)
        self.assertIn(Pause(0.1), one.done)
        self.assertEqual(one.lines()[0], "no answer (network, try 1)")
        self.assertIn("1 failed tries", one.lines()[1])
        last = one.state.record.last_claim
        self.assertEqual((last["failedTries"], last["from"], one.state.record.last_error["over"]), (1, "n3", True))

    def test_the_peer_goes_on_carrying_while_nothing_can_be_changed(self):
        one = Machine(BRIDGE).master().carried()
        one.locked = {ME}
        self.claim(one)
        self.assertEqual((one.state.carried.by, one.state.carried.follow_at), ("n3", 1003.0))
        self.assertEqual(one.done[-1], Do.ASK)

    def test_a_carrier_that_lost_the_alias_is_one_no_more(self):
        one = Machine(BRIDGE).master().carried()
        one.answers[Add] = [ApiError("server-error", "oops")]
        self.claim(one)
        self.assertEqual((one.state.carried.by, one.aliases[ME]), (None, [VIP]))
        one = Machine(BRIDGE).master().carried()
        one.state.carried.missed, one.answers[Take] = 3, [ApiError("locked", "oops")]
        self.claim(one)
        self.assertIn(Pause(0.1), one.done)

    def test_an_error_of_a_demotion_ends_it(self):
        one = Machine().master()
        one.answers[Gate] = [None, Demoted()]
        with self.assertRaises(Demoted):
            self.claim(one)
        self.assertEqual(one.aliases, {ME: [], PEER: [VIP]})


class LeftToTheHolder(unittest.TestCase):
    """A try of a claim has failed, and the peer is MASTER and holder."""

    def test_one_that_was_promoted_first_steps_down(self):
        """The simulator found it: the claim took the alias from a node that had got it in the meantime, and served."""
        one = Machine().master(promoted=900.0)
        one.hears(master=True, holder=True, promotedAgo=5.0)
        one.answers[ReadTwo] = [ApiError("network", "no answer")]
        one.state.claims.peer_id = PEER
        one.answers[Gate] = [None, None, Demoted()]
        with self.assertRaises(Demoted):
            one.perform(claim(one.state))
        self.assertIn("this node steps down, as it was promoted later", one.lines()[-1])
        self.assertTrue(one.state.yielding.on)
        self.assertEqual(one.aliases[PEER], [VIP])

    def test_one_that_cannot_begin(self):
        one = Machine().master(promoted=990.0)
        one.hears(master=True, holder=True, promotedAgo=100.0)
        one.locked = {ME}
        one.answers[Gate] = [None, None, Demoted()]
        with self.assertRaises(Demoted):
            one.perform(claim(one.state))
        self.assertIn("as it cannot take 10.0.1.1", one.lines()[-1])

    def test_one_that_has_begun_goes_on(self):
        one = Machine().master(promoted=990.0)
        one.hears(master=True, holder=True, promotedAgo=100.0)
        one.answers[Add] = [ApiError("server-error", "oops")]
        one.perform(claim(one.state))
        self.assertEqual(one.aliases[ME], [VIP])


if __name__ == "__main__":
    unittest.main()
