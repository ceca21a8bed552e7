"""The agent's core: what it waits for, and what one look at the NIC leads to."""

import os
import re
import unittest

import programs
from failover_pair.api.errors import ApiError
from failover_pair.claim_commands import Demoted, Gate, ReadOne
from failover_pair.clock import LONG_AGO, NEVER
from failover_pair.core import decide
from failover_pair.core.commands import AskFor, Do, NicChanged, Promoted, ReadFlag, Release, WatchPeace
from failover_pair.core.decide import act, first_time, hurry, on_events, token_replaced, waiting_for
from machine import BRIDGE, ME, VIP, Machine


class Table(unittest.TestCase):
    """What a node waits for in each of its situations."""

    def names(self, one):
        return [name for name, _, _ in waiting_for(one.state)]

    def test_a_backup(self):
        self.assertEqual(self.names(Machine().backup()), ["release", "token", "belief", "ready"])
        journeys = ["journey", "explanation"]
        self.assertEqual(self.names(Machine(BRIDGE).backup()), ["release", "token", "belief", "ready", *journeys])

    def test_a_master(self):
        names = ["release", "lower", "settle", "mandate", "beat", "verify"]
        one = Machine().master()
        self.assertEqual(self.names(one), names)
        one.state.dispute.reclaim_at = 2000.0
        self.assertEqual(self.names(one), [*names, "probe"])
        one.state.dispute.reachable = True
        self.assertEqual(self.names(one), names)

    def test_one_that_yields(self):
        one = Machine().backup()
        one.state.yielding.start(one.now)
        self.assertEqual(self.names(one)[:2], ["release", "yield"])

    def test_a_mandate_is_due_at_once_and_what_is_put_off_is_not(self):
        one = Machine().master()
        self.assertEqual(first_time(waiting_for(one.state)), 1060.0)
        one.state.dispute.mandate = True
        self.assertEqual(first_time(waiting_for(one.state)), LONG_AGO)
        one.state.schedule.pushed["mandate"] = 1001.0
        self.assertEqual(first_time(waiting_for(one.state)), 1001.0)


class PutOff(unittest.TestCase):
    """A handler that leaves its own deadline in the past."""

    def setUp(self):
        self.one, self.called = Machine().backup(), []
        self.due = {"first": 999.0, "second": 990.0}
        self.addCleanup(setattr, decide, "waiting_for", decide.waiting_for)
        decide.waiting_for = self.waiting_for

    def waiting_for(self, state):
        pushed = state.schedule.pushed
        return [(name, max(at, pushed.get(name, at)), self.handler(name)) for name, at in self.due.items()]

    def handler(self, name):
        def call(_):
            self.called.append(name)
            self.handle(name)
            yield from ()

        return call

    def handle(self, name):
        pass

    def act(self):
        self.one.done.clear()
        self.one.perform(act(self.one.state))
        return self.one.lines()

    def test_is_put_off_and_told(self):
        self.assertEqual(self.act(), ["defect: the deadline first is still there after its handler"])
        self.act()
        self.assertEqual(self.act(), [])
        self.assertEqual(self.called, ["first", "second"], "neither is called again at once")
        self.assertEqual(first_time(decide.waiting_for(self.one.state)), 1001.0)
        self.one.now = 1001.0
        self.act()
        self.assertEqual(self.called, ["first", "second", "first"])

    def test_one_that_its_handler_moves_is_no_defect(self):
        self.handle = lambda name: self.due.update({name: 1005.0})
        self.assertEqual(self.act() + self.act() + self.act(), [])
        self.assertEqual(first_time(decide.waiting_for(self.one.state)), 1005.0)

    def test_one_of_a_master_that_is_none_any_more_is_no_defect(self):
        """The simulator found it: the next promotion's claim was put off by a second, and the journal told a defect."""
        for answer in (False, OSError("no NIC")):
            self.one.master()
            self.one.answers[Do.IS_MASTER] = answer
            self.assertEqual(self.act(), [])
            self.assertEqual(self.one.state.schedule.pushed, {})
        self.one.answers[Do.IS_MASTER] = True
        self.assertEqual(len(self.act()), 1)


class Turns(unittest.TestCase):
    def test_nothing_is_due(self):
        self.assertEqual(Machine().backup().turn(), [])

    def test_a_promotion_claims_in_the_same_turn(self):
        one = Machine().backup()
        one.turn(master=True)
        self.assertIn("BACKUP → MASTER", one.lines())
        self.assertIn(Promoted(1000.0), one.done)
        self.assertEqual(one.aliases[ME], [VIP])
        state = one.state
        self.assertEqual((state.role.master, state.role.confirmed, state.dispute.mandate), (True, True, False))
        self.assertEqual((state.role.promoted_at, state.role.since), (1000.0, 1.8e9 + 1000))
        self.assertEqual(state.record.last_claim["from"], "n3")
        self.assertEqual(state.record.statistics.claims, 1)

    def test_a_demotion_ends_everything_that_a_master_waits_for(self):
        one = Machine(BRIDGE).master()
        one.state.claims.insist = True
        one.state.record.last_error = {"cause": "locked", "over": False}
        one.answers[ReadFlag] = True
        one.turn(master=False)
        state = one.state
        self.assertEqual((state.role.master, state.role.confirmed, state.claims.insist), (False, False, False))
        self.assertEqual((state.role.drained, state.backup.belief_at), (True, 1001.0))
        self.assertEqual(state.role.state, None, "keepalived's last word was MASTER")
        self.assertEqual(state.backup.token_at, 1000.0 + 3600, "whether the API answers was looked at")
        self.assertEqual(one.kinds()[:4], [ReadFlag, Do.FORGET, Do.PUBLISH, Do.SYSTEM_STOPS])

    def test_a_demotion_without_a_bridge(self):
        one = Machine().master()
        one.state.record.last_error = {"cause": "locked", "over": True}
        one.turn(master=False)
        self.assertEqual(one.kinds(), [ReadFlag, Do.PUBLISH])
        self.assertEqual(one.state.backup.belief_at, NEVER)

    def test_a_server_that_shuts_down_tells_the_peer(self):
        one = Machine(BRIDGE).master()
        one.answers[Do.SYSTEM_STOPS] = True
        one.turn(master=False)
        self.assertTrue(one.state.role.leaving)
        self.assertEqual(one.kinds().count(Do.BEAT), 2)

    def test_a_nic_that_cannot_be_read_is_no_masters(self):
        one = Machine().master()
        one.perform(decide.decide(one.state, None))
        self.assertFalse(one.state.role.master)

    def test_while_it_yields(self):
        one = Machine().backup()
        one.state.yielding.start(one.now)
        one.hears(master=True)
        one.turn(master=True)
        self.assertFalse(one.state.role.master, "it stepped down again")
        one.hears(master=False)
        one.turn(master=True)
        self.assertTrue(one.state.role.master)
        self.assertFalse(one.state.yielding.on)

    def test_peace_is_watched_while_the_peer_serves(self):
        one = Machine(BRIDGE).backup()
        one.facts = {"told": "peer"}
        self.assertIn(WatchPeace(True), one.turn())
        self.assertEqual(one.turn(), [], "once")
        one.facts = {"told": "self"}
        self.assertIn(WatchPeace(False), one.turn())
        one.facts = {"told": "peer"}
        one.state.role.vrrp = "FAULT"
        self.assertEqual(one.turn(), [])

    def test_journeys_when_they_are_due(self):
        one = Machine(BRIDGE).backup()
        one.turn()
        for answer, kinds in ((True, [Do.ASK_IN_PEACE, Do.PUBLISH]), (False, [Do.ASK_IN_PEACE])):
            one.facts = {"journey_at": 1000.0}
            one.answers[Do.ASK_IN_PEACE] = lambda _, answer=answer: one.facts.clear() or answer
            self.assertEqual(one.turn(), kinds)
        one.facts, one.answers[Do.CONCLUDE] = {"explained_at": 1000.0}, lambda _: one.facts.clear()
        self.assertEqual(one.turn(), [Do.CONCLUDE, Do.PUBLISH])


class Handlers(unittest.TestCase):
    def test_a_demotion_drops_the_claim(self):
        one = Machine().master()
        one.state.dispute.mandate = True
        one.answers[Gate] = Demoted()
        one.turn()
        self.assertIn("this node is not MASTER any more: the claim is dropped", one.lines())

    def test_an_error_is_told_and_looked_at_again(self):
        one = Machine().master()
        one.state.schedule.check_at = 0.0
        one.answers[ReadOne] = ApiError("rate-limit", "too many", 7.0)
        one.turn()
        self.assertEqual(one.lines(), ["too many (rate-limit, try 1)"])
        self.assertEqual(one.state.schedule.check_at, 1002.0)
        self.assertEqual(one.state.record.last_error["text"], "too many")

    def test_the_same_error_is_said_more_and_more_rarely(self):
        one, said = Machine().master(), []
        one.answers[ReadOne] = ApiError("token-refused", "no")
        for _ in range(9):
            one.state.schedule.check_at = 0.0
            one.turn()
            said += one.lines()
        self.assertEqual(said, ["no (token-refused, try %d)" % number for number in (1, 2, 4, 8)])
        self.assertEqual(one.state.record.statistics.failures["token-refused"], 9)
        one.state.record.last_error["over"] = True
        one.state.schedule.check_at = 0.0
        one.turn()
        self.assertEqual(one.lines(), ["no (token-refused, try 1)"])

    def test_addresses_of_an_earlier_configuration_are_released(self):
        one = Machine(saved={"vips": ["10.0.1.7", VIP]}).backup()
        one.aliases[ME] = ["10.0.1.7"]
        one.turn()
        self.assertEqual(one.done[-3].vips, ["10.0.1.7"])
        self.assertEqual(one.lines(), ["released 10.0.1.7, which this pair does not serve any more"])
        self.assertEqual((one.state.claims.former, one.state.claims.release_at), ([], NEVER))

    def test_what_is_not_here_needs_no_release_and_an_error_is_no_end(self):
        one = Machine(saved={"vips": ["10.0.1.7"]}).backup()
        one.answers[Release] = [ApiError("locked", "another action")]
        one.aliases[ME] = ["10.0.1.7"]
        one.turn()
        self.assertEqual(one.state.claims.release_at, 1005.0)
        one.aliases[ME] = []
        one.now = 1005.0
        one.turn()
        self.assertEqual(one.lines(), [])
        self.assertEqual(one.state.claims.release_at, NEVER)


class Nic(unittest.TestCase):
    def test_one_that_lost_the_address(self):
        one = Machine().backup()
        one.turn()
        one.turn(found=False, nic="0\n")
        self.assertEqual(one.done[-1], AskFor("nic-lost"))
        self.assertEqual(one.turn(found=False, nic="0\n"), [])

    def test_another_one(self):
        one = Machine().backup()
        one.turn(nic="3 ens11\n")
        self.assertEqual(one.done, [NicChanged("3 ens11\n")])
        one.answers[NicChanged] = True
        one.turn(nic="4 ens12\n")
        self.assertEqual(one.done[-1], AskFor("nic-changed"))


class Events(unittest.TestCase):
    def hear(self, one, *events):
        one.done.clear()
        one.perform(on_events(one.state, list(events)))

    def test_states_and_nothing_else(self):
        one = Machine().backup()
        self.hear(one, "FAULT", None, "BACKUP")
        self.assertEqual((one.lines(), one.state.backup.doubts_nic), ([], True))
        self.hear(one, "FAULT")
        self.assertEqual(one.lines(), ["BACKUP → FAULT"])
        self.hear(one, None)
        self.assertEqual(one.done, [])

    def test_a_promotion_is_the_last_word_but_for_a_try(self):
        one = Machine().master()
        self.hear(one, "MASTER")
        self.assertTrue(one.state.dispute.mandate)
        one.master()
        one.state.yielding.try_vrrp(one.now, 0.5)
        self.hear(one, "MASTER")
        self.assertFalse(one.state.dispute.mandate)

    def test_the_operators_claim(self):
        one = Machine().master()
        self.hear(one, "CLAIM")
        claims = one.state.claims
        self.assertEqual((claims.hurry, claims.insist, one.state.dispute.mandate), (True, True, True))

    def test_a_master_of_lower_priority_is_looked_at_once(self):
        one = Machine().master()
        self.hear(one, "MASTER_RX_LOWER_PRI")
        self.assertEqual((one.state.schedule.check_at, one.state.dispute.edge), (1000.0, True))
        one.now, one.state.schedule.check_at = 1000.5, 1060.0
        self.hear(one, "MASTER_RX_LOWER_PRI")
        self.assertEqual(one.state.schedule.check_at, 1060.0)

    def test_a_signal_and_a_new_token_look_at_once(self):
        one = Machine().master()
        hurry(one.state)
        self.assertEqual((one.state.claims.hurry, one.state.schedule.check_at), (True, 1000.0))
        one.backup()
        one.perform(token_replaced(one.state))
        self.assertEqual((one.state.backup.token_at, one.lines()), (1000.0, ["the token was replaced"]))


class Purity(unittest.TestCase):
    KNOWN = (
        "__future__", "collections", "enum", "contextlib", "ipaddress",
        *("failover_pair." + name for name in ("api.errors", "api.readings", "claim", "claim_commands", "clock", "hearing")),
        *("failover_pair." + name for name in ("journal", "policy", "readiness", "records", "timing", "vrrp")),
    )

    def test_the_core_reaches_nothing(self):
        """Constants, values and pure functions are imported, and no clock, socket, file, process or chance."""
        parts = {path: text for path, text in programs.source().items() if os.sep + "core" + os.sep in path}
        self.assertGreater(len(parts), 10)
        for path, text in parts.items():
            text = re.sub(r"(?m)^if TYPE_CHECKING:\n(?:(?:    .*)?\n)+", "", text)
            for line in re.findall(r"(?m)^ *((?:import|from) \S+)", text):
                name = line.split()[1]
                self.assertTrue(name in self.KNOWN or name.startswith("failover_pair.core"), (path, line))
            self.assertNotIn("open(", text, path)

    def test_files_and_classes_are_small(self):
        for path, text in programs.source().items():
            if os.sep + "core" + os.sep in path:
                self.assertLess(text.count("\n"), 300, path)
        state = Machine(BRIDGE).state
        for part in (state, *vars(state).values()):
            if type(part).__module__.startswith("failover_pair.core"):
                self.assertLessEqual(len(getattr(part, "__dict__", ())), 12, type(part).__name__)


if __name__ == "__main__":
    unittest.main()
