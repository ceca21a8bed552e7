"""The claim as a sequence, answered by a cloud of the test's in virtual time: no process, no socket, no clock."""

import types
import unittest

import programs  # noqa: F401
from failover_pair.api.documents import Member, Server
from failover_pair.api.errors import ApiError
from failover_pair.api.readings import Reading
from failover_pair.claim import ACTION_SECONDS, ClaimSequence
from failover_pair.claim_commands import Add, Began, Gate, Look, MustWrite, Pause, ReadMembers, ReadOne, ReadTwo, Take, Tell
from failover_pair.driving import drive
from failover_pair.timing import Timing

VIP, OTHER, THEIRS = "10.0.1.1", "10.0.1.8", "10.0.1.9"
ME, PEER, ROUND_TRIP = 2, 3, 0.06


class Demoted(Exception):
    pass


def config():
    ours = lambda aliases: [vip for vip in (VIP,) if vip in aliases]
    values = dict(serverId=ME, networkId=7, address="10.0.1.2", peerAddress="10.0.1.3", vips=[VIP])
    return types.SimpleNamespace(**values, ours=ours, complete=lambda aliases: len(ours(aliases)) == 1)


class Cloud:
    """Two servers. An action has its effect when it ends; an address is free when the action that clears it has ended."""

    def __init__(self, holder=PEER, seconds=0.8):
        self.now, self.seconds, self.asked, self.told = 1000.0, seconds, [], []
        self.aliases = {ME: [OTHER], PEER: [THEIRS]}
        if holder:
            self.aliases[holder] = [*self.aliases[holder], VIP]
        self.actions = []  # [end, server, aliases]
        self.errors = {}  # kind of command → errors that come first
        self.status = {}  # of a server that does not run
        self.endings = {}  # number of an action → how it ends
        self.locked, self.addresses, self.members = set(), {ME: "10.0.1.2", PEER: "10.0.1.3"}, []
        self.master_until, self.details = float("inf"), True

    def settle(self):
        for action in self.actions:
            if action[0] <= self.now and action[2] is not None:
                self.aliases[action[1]], action[2] = action[2], None

    def server(self, number):
        self.settle()
        if number not in self.aliases:
            raise ApiError("not-found", "server %d" % number)
        locked = number in self.locked or any(end > self.now and one == number for end, one, _ in self.actions)
        return Server(number, "n%d" % number, self.status.get(number, "running"), locked, self.addresses.get(number), list(self.aliases[number]))

    def act(self, number, aliases):
        self.actions.append([self.now + self.seconds, number, aliases])
        return self.look(len(self.actions))

    def look(self, number):
        end = self.actions[number - 1][0]
        ended = end <= self.now
        found = {"id": number, "status": self.endings.get(number, "success") if ended else "running"}
        return found if ended else {**found, "progress": int(100 - 100 * (end - self.now) / self.seconds)}

    def carry_out(self, command):
        if isinstance(command, Pause):
            self.now += max(0.0, command.seconds)
            return None
        if isinstance(command, Gate):
            if self.now >= self.master_until:
                raise Demoted
            return None
        if isinstance(command, (Tell, Began)):
            self.told.append(command)
            return None
        self.asked.append(command)
        self.now += ROUND_TRIP
        waiting = self.errors.get(type(command))
        if waiting:
            raise waiting.pop(0)
        return self.answer(command)

    def answer(self, command):
        if isinstance(command, ReadTwo):
            return Reading(self.server(command.one), self.now), Reading(self.server(command.other), self.now)
        if isinstance(command, ReadOne):
            return self.server(command.server_id)
        if isinstance(command, ReadMembers):
            servers = [self.server(number) for number in self.addresses]
            details = (lambda one: one) if self.details else lambda _: None
            return [Member("server", one.id, one.address, one.aliases, details(one)) for one in servers] + self.members
        if isinstance(command, Take):
            return self.act(command.owner.id, [one for one in command.owner.aliases if one != VIP])
        if isinstance(command, Add):
            self.settle()
            if any(VIP in aliases for number, aliases in self.aliases.items() if number != ME):
                raise ApiError("address-busy", "in use")
            return self.act(ME, [*command.me.aliases, VIP])
        return self.look(command.action_id) if isinstance(command, Look) else None


def perform(cloud, sequence, steps):
    def gather():
        sequence.now, sequence.latency = cloud.now, ROUND_TRIP

    return drive(steps, cloud.carry_out, gather)


class Claiming(unittest.TestCase):
    def sequence(self, timing=None, peer_id=PEER):
        return ClaimSequence(config(), timing or Timing(), peer_id, lambda error, tries: 0.1)

    def move(self, cloud, sequence=None):
        self.claim = sequence or self.sequence()
        return perform(cloud, self.claim, self.claim.move(None))

    def cause(self, cloud, sequence=None):
        with self.assertRaises(ApiError) as raised:
            self.move(cloud, sequence)
        return raised.exception.cause

    def changes(self, cloud):
        return [type(one) for one in cloud.asked if isinstance(one, (Take, Add))]

    def test_takes_the_alias_and_keeps_all_others(self):
        cloud = Cloud()
        self.assertTrue(self.move(cloud))
        cloud.settle()
        self.assertEqual(cloud.aliases, {ME: [OTHER, VIP], PEER: [THEIRS]})
        self.assertEqual(self.claim.taken_from, "n3")
        self.assertEqual(set(self.claim.steps), {"read", "clear", "assign", "confirm"})
        self.assertEqual([one for one in cloud.told if isinstance(one, Tell)], [Tell("peer"), Tell("self")])

    def test_what_is_here_already_is_not_changed(self):
        cloud = Cloud(holder=ME)
        self.assertFalse(self.move(cloud))
        self.assertEqual(self.changes(cloud), [])

    def test_a_server_that_is_going_away_is_given_nothing(self):
        cloud = Cloud()
        cloud.status[ME] = "stopping"
        self.assertEqual(self.cause(cloud), "not-ready")
        self.assertEqual(self.changes(cloud), [])

    def test_a_clearing_that_ends_while_it_is_asked_foretells_its_end(self):
        cloud = Cloud()
        sequence = self.sequence()
        sequence.now = cloud.now
        clearing = cloud.act(PEER, [THEIRS]), cloud.now
        cloud.now += 2.0
        found = perform(cloud, sequence, sequence.foretell(clearing, cloud.now - 2.0))
        self.assertAlmostEqual(found, 2.0 + ROUND_TRIP)

    def test_what_is_with_no_server_is_only_assigned(self):
        cloud = Cloud(holder=None)
        self.assertTrue(self.move(cloud))
        self.assertEqual(self.changes(cloud), [Add])

    def test_one_that_knows_the_cloud_takes_the_floor(self):
        timing = Timing({"accepted": [0.8] * 4, "refused": [0.75] * 4, "assigned": [0.8] * 4})
        cloud = Cloud()
        self.move(cloud, self.sequence(timing))
        # reading, two actions and their requests, and reading back
        self.assertLess(cloud.now - 1000, 1.05 * (2 * 0.8) + 6 * ROUND_TRIP)

    def test_nothing_is_sent_after_a_demotion(self):
        for until, changes in ((1000.0, []), (1000.5, [Take])):
            cloud = Cloud()
            cloud.master_until = until
            with self.assertRaises(Demoted):
                self.move(cloud, self.sequence(Timing({"accepted": [0.8] * 4})))
            self.assertEqual(self.changes(cloud), changes)

    def test_a_token_that_may_not_write_takes_nothing(self):
        cloud = Cloud()
        cloud.errors[MustWrite] = [ApiError("token-read-only", "no")]
        self.assertEqual(self.cause(cloud), "token-read-only")
        self.assertEqual(self.changes(cloud), [])

    def test_a_lost_answer_may_have_taken_it(self):
        for cause, name in (("network", "n3"), ("locked", None)):
            cloud = Cloud()
            cloud.errors[Take] = [ApiError(cause, "x")]
            self.assertEqual((self.cause(cloud), self.claim.taken_from), (cause, name))

    def test_its_own_server_that_is_changed_is_waited_for_and_read_again(self):
        cloud = Cloud(holder=None)
        cloud.errors[Add] = [ApiError("locked", "x"), ApiError("conflict", "x")]
        self.assertTrue(self.move(cloud))
        self.assertEqual(sum(isinstance(one, ReadOne) for one in cloud.asked), 4, "one for each try, one reads back")

    def test_a_lock_of_its_own_server_ends(self):
        cloud = Cloud(holder=None)
        cloud.locked.add(ME)
        self.assertEqual(self.cause(cloud), "locked")
        self.assertGreater(cloud.now - 1000, 60)

    def test_another_cause_ends_the_try(self):
        cloud = Cloud(holder=None)
        cloud.errors[Add] = [ApiError("server-error", "x")]
        self.assertEqual(self.cause(cloud), "server-error")

    def test_an_action_that_fails_or_hangs(self):
        cloud = Cloud(holder=None)
        cloud.endings[1] = "error"
        self.assertEqual(self.cause(cloud), "action-failed")
        cloud = Cloud(holder=None, seconds=1e6)
        self.assertEqual(self.cause(cloud), "action-hangs")
        self.assertLess(cloud.now - 1000, ACTION_SECONDS + 2)

    def test_a_clearing_that_fails_or_hangs(self):
        cloud = Cloud()
        cloud.endings[1] = "error"
        cloud.settle = lambda: None  # it has no effect
        self.assertEqual(self.cause(cloud), "action-failed")
        self.assertEqual(self.cause(Cloud(seconds=1e6)), "action-hangs")

    def test_refusals_after_the_clearing_lead_to_a_look_at_everything(self):
        for holder in (PEER, None):
            cloud = Cloud(holder)
            cloud.errors[Add] = [ApiError("address-busy", "x") for _ in range(1000)]
            self.assertEqual(self.cause(cloud), "address-busy")
            self.assertTrue(self.claim.survey_first)

    def test_asking_may_fail_while_an_action_runs(self):
        cloud = Cloud(holder=None)
        cloud.errors[Look] = [ApiError("network", "x"), ApiError("rate-limit", "x")]
        self.assertTrue(self.move(cloud))
        cloud = Cloud(holder=None)
        cloud.errors[Look] = [ApiError("token-refused", "x")]
        self.assertEqual(self.cause(cloud), "token-refused")

    def test_an_assignment_without_effect_is_an_error(self):
        cloud = Cloud(holder=None)
        cloud.settle = lambda: None
        self.assertEqual(self.cause(cloud), "action-failed")

    def test_a_rebuilt_peer_is_found_by_its_address(self):
        cloud = Cloud()
        cloud.addresses[4], cloud.aliases[4] = cloud.addresses.pop(PEER), cloud.aliases.pop(PEER)
        self.assertTrue(self.move(cloud))
        self.assertEqual((self.claim.peer_id, self.claim.taken_from), (4, "n4"))
        cloud = Cloud(holder=None)
        del cloud.aliases[PEER]
        del cloud.addresses[PEER]
        self.assertTrue(self.move(cloud))
        self.assertIsNone(self.claim.peer_id)

    def test_a_peer_whose_address_is_another_now_is_looked_for(self):
        cloud = Cloud()
        cloud.addresses, cloud.details = {ME: "10.0.1.2", PEER: "10.0.1.77", 4: "10.0.1.3"}, False
        cloud.aliases.update({PEER: [], 4: [VIP]})
        self.assertTrue(self.move(cloud))
        self.assertEqual(self.claim.peer_id, 4)

    def test_an_error_of_reading_is_told(self):
        cloud = Cloud()
        cloud.errors[ReadTwo] = [ApiError("network", "x")]
        self.assertEqual(self.cause(cloud), "network")

    def test_a_server_outside_the_pair_is_named(self):
        for details in (True, False):
            cloud = Cloud(holder=None)
            cloud.details, cloud.addresses[9], cloud.aliases[9] = details, "10.0.1.60", [VIP]
            with self.assertRaisesRegex(ApiError, r"server n9 \(9\)"):
                self.move(cloud, self.sequence(peer_id=None))

    def test_a_holder_outside_the_pair_is_not_touched(self):
        cloud = Cloud(holder=None)
        cloud.members = [Member("load_balancer", 9, VIP, [], None)]
        self.assertEqual(self.cause(cloud, self.sequence(peer_id=None)), "foreign-holder")
        self.assertEqual(self.changes(cloud), [])


if __name__ == "__main__":
    unittest.main()
