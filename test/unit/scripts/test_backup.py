"""The agent's core: what a BACKUP looks at now and then, and what is remembered from one start to the next."""

import unittest

import programs  # noqa: F401
from failover_pair.api.errors import ApiError
from failover_pair.claim_commands import ReadOne, Tell
from failover_pair.clock import NEVER
from failover_pair.core.backup import check_token, look_at_belief, note_readiness
from failover_pair.core.commands import AskFor, Do, ReadAt, Surroundings
from failover_pair.metrics import metrics_text
from machine import BRIDGE, ME, PEER, VIP, Machine

READY = Surroundings("active", 100.0, False, False, None, True, {}, True)


class Token(unittest.TestCase):
    def test_it_is_tried_and_the_peer_found(self):
        one = Machine().backup()
        one.state.record.last_error = {"over": False}
        one.perform(check_token(one.state))
        self.assertEqual(one.kinds(), [ReadOne, ReadAt, Do.PUBLISH])
        self.assertEqual((one.state.claims.peer_id, one.state.backup.token_at), (PEER, 4600.0))
        self.assertTrue(one.state.record.last_error["over"])
        one.done.clear()
        one.perform(check_token(one.state))
        self.assertEqual(one.kinds(), [ReadOne, Do.PUBLISH])

    def test_a_pair_without_a_peer_and_a_failure(self):
        one = Machine().backup()
        del one.aliases[PEER]
        one.perform(check_token(one.state))
        self.assertIsNone(one.state.claims.peer_id)
        one.answers[ReadOne] = ApiError("token-refused", "no")
        one.perform(check_token(one.state))
        self.assertEqual((one.state.backup.token_at, one.lines()), (1060.0, ["no (token-refused, try 1)"]))


class Belief(unittest.TestCase):
    def look(self, aliases, told=None):
        one = Machine(BRIDGE).backup()
        one.answers[Do.READ_METADATA] = lambda _: aliases
        one.facts = {"told": told}
        one.perform(look_at_belief(one.state))
        return one.done[1:], one.state.backup.belief_at

    def test_the_bridge_is_told_the_holder(self):
        self.assertEqual(self.look([VIP], "self"), ([Tell("self")], 1001.0))
        self.assertEqual(self.look([], "peer"), ([Tell("peer")], 1005.0))
        self.assertEqual(self.look(None, "self"), ([], 1005.0))


class Readiness(unittest.TestCase):
    def note(self, one, **found):
        one.done.clear()
        one.answers[Do.LOOK_AROUND] = READY._replace(**found)
        one.perform(note_readiness(one.state))
        return one.state.backup.not_ready

    def test_when_it_is_looked_at_again(self):
        one = Machine().backup()
        for found, at in (
            ({}, 1060.0),
            ({"keepalived_for": None}, 1060.0),
            ({"keepalived_for": 1.1}, 1002.0),
            ({"keepalived": "activating"}, 1001.0),
        ):
            self.note(one, **found)
            self.assertAlmostEqual(one.state.backup.ready_at, at)

    def test_it_is_published_when_it_changes(self):
        one = Machine().backup()
        self.assertIsNone(self.note(one))
        self.assertEqual(one.kinds(), [Do.LOOK_AROUND, Do.PUBLISH])
        self.assertIsNone(self.note(one))
        self.assertEqual(one.kinds(), [Do.LOOK_AROUND])
        self.assertIn("drained", self.note(one, drained=True))
        self.assertFalse(one.state.record.last_error)

    def test_a_fault_makes_it_doubt_the_nic_once(self):
        one = Machine().backup()
        one.state.backup.doubts_nic = True
        self.note(one)
        self.assertIn(AskFor("nic-lost"), one.done)
        self.note(one)
        self.assertNotIn(AskFor("nic-lost"), one.done)

    def test_errors_that_are_over_do_not_count(self):
        one = Machine().backup()
        one.state.record.last_error = {"text": "no answer", "over": False}
        self.assertIn("no answer", self.note(one))
        one.state.record.last_error["over"] = True
        self.assertIsNone(self.note(one))
        one.state.role.nic = "0\n"
        self.assertIn("no NIC", self.note(one))


class Start(unittest.TestCase):
    def test_a_restart_is_not_a_new_promotion(self):
        saved = {"master": True, "confirmed": True, "promotedAt": 900.0, "vrrp": "MASTER"}
        for extra, mandate in (({}, True), ({"mandate": False}, False), ({"mandate": False, "carriedBy": "b"}, True)):
            state = Machine(saved={**saved, **extra}).state
            self.assertEqual(state.dispute.mandate, mandate, extra)
            self.assertEqual((state.role.confirmed, state.role.promoted_at), (True, 900.0))
        state = Machine(saved={**saved, "master": False}).state
        self.assertEqual((state.dispute.mandate, state.role.confirmed, state.role.promoted_at), (False, False, None))
        self.assertIsNone(state.role.state, "keepalived's word may be behind")

    def test_addresses_of_an_earlier_configuration(self):
        claims = Machine(saved={"vips": [VIP, "10.0.1.7"]}).state.claims
        self.assertEqual((claims.former, claims.release_at), (["10.0.1.7"], 1000.0))
        self.assertEqual(Machine(BRIDGE).state.claims.release_at, NEVER)

    def test_belief_needs_a_bridge(self):
        self.assertEqual([Machine(one).state.backup.belief_at for one in (None, BRIDGE)], [NEVER, 1000.0])


class Metrics(unittest.TestCase):
    def values(self, one, believed=None):
        found = {}
        for line in metrics_text(one.state, believed, True, 7).splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                found[name.replace("failover_pair_", "").replace('pair="web",node="a"', "").replace("{}", "")] = float(value)
        return found

    def test_of_a_master(self):
        one = Machine(BRIDGE, holder=ME).master()
        one.state.record.statistics.seconds = [0.7, 70.0]
        found = self.values(one)
        self.assertEqual((found["holder_agrees"], found["carried"], found["ready"]), (1.0, 0.0, 1.0))
        self.assertNotIn("would_carry", found)
        self.assertEqual(found['claim_seconds_bucket{,le="1"}'], 1.0)
        self.assertEqual((found["claim_seconds_sum"], found["claim_seconds_count"]), (70.7, 2.0))
        one.carried()
        self.assertTrue(one.state.ready)
        one.state.carried.by = None
        self.assertFalse(one.state.ready)

    def test_of_a_backup(self):
        one = Machine().backup()
        one.state.record.statistics.failures["locked"] += 2
        found = self.values(one, {"ok": True})
        self.assertEqual((found["would_carry"], found["ready"], found['state{,state="BACKUP"}']), (1.0, 0.0, 1.0))
        self.assertEqual(found['claim_failures_total{,cause="locked"}'], 2.0)
        self.assertNotIn("holder_agrees", found)
        one.state.backup.not_ready = None
        self.assertEqual(self.values(one)["ready"], 1.0)


if __name__ == "__main__":
    unittest.main()
