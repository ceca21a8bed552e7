"""The operator's commands: claim, drain and undrain, and what a path unit runs when the NIC is another one."""

import json
import os
import subprocess
import types
import unittest

import programs  # noqa: F401
from failover_pair import commands, waiting
from failover_pair.locks import beat_lock, hold_lock
from node import ME, OnANode, PEER, VIP


def options(**values):
    return types.SimpleNamespace(**values)


class WithAClaim(OnANode):
    def setUp(self):
        super().setUp()
        self.on_nic = [VIP]
        self.sleeps(commands)
        self.sleeps(waiting)

    def claim(self, seconds=3):
        return self.said(commands.claim_command, self.config(), options(timeout=seconds))


class WithoutAnAgent(WithAClaim):
    def test_only_a_master_claims(self):
        self.on_nic = []
        code, _, errors = self.claim()
        self.assertEqual(code, 1)
        self.assertIn("this node is not MASTER", errors)
        self.assertEqual(self.cloud.asked, [])

    def test_the_command_moves_the_alias_itself(self):
        self.assertEqual(self.claim(), (0, "%s is now here\n" % VIP, ""))
        self.assertEqual(self.cloud.aliases, {ME: [VIP], PEER: []})

    def test_what_is_here_already_is_left_alone(self):
        self.cloud.aliases = {ME: [VIP], PEER: []}
        self.assertEqual(self.claim(), (0, "%s was already here\n" % VIP, ""))
        self.assertFalse([one for one in self.cloud.asked if one.startswith("POST")])

    def test_a_refusal_is_told(self):
        self.cloud.refuse = 401, "unauthorized"
        code, _, errors = self.claim()
        self.assertEqual(code, 1)
        self.assertRegex(errors, "^failed: .*401")

    def test_a_node_that_is_demoted_meanwhile_changes_nothing(self):
        self.demoted_by_a_request()
        code, _, errors = self.claim()
        self.assertEqual((code, errors), (1, "failed: not MASTER any more\n"))
        self.assertEqual(self.cloud.aliases[PEER], [VIP])


class WithAnAgent(WithAClaim):
    """It runs as far as its lock tells."""

    def setUp(self):
        super().setUp()
        lock = hold_lock(self.config())
        self.addCleanup(os.close, lock)
        beat_lock(lock)

    def agent_says(self, **values):
        self.write("agent/agent.json", json.dumps(values))

    def test_the_agent_is_asked_and_waited_for(self):
        self.agent_says(confirmed=True, confirmedAt=1500.0)
        fifo = commands.Fifo(self.config().run("vrrp.fifo"))
        self.addCleanup(fifo.close)
        self.assertEqual(self.claim(), (0, "%s is here\n" % VIP, ""))
        self.assertEqual(fifo.lines(), ["CLAIM"])
        self.assertEqual(self.cloud.asked, [])

    def test_an_earlier_confirmation_does_not_count(self):
        self.agent_says(confirmed=True, confirmedAt=900.0, lastError={"at": 1.0, "cause": "locked", "text": "server is locked"})
        code, _, errors = self.claim(3)
        self.assertEqual((code, errors), (1, "not here after 3 s: server is locked\n"))
        self.assertAlmostEqual(self.time, 1003.0, delta=0.2)

    def test_an_agent_that_tells_no_error(self):
        self.agent_says(confirmed=False)
        self.assertIn("no error told", self.claim(1)[2])


class Drains(OnANode):
    def setUp(self):
        super().setUp()
        self.sleeps(waiting)

    def drain(self, keep=False):
        return self.said(commands.drain, self.config(), options(keep_after_reboot=keep))

    def test_a_backup_is_drained_and_undrained(self):
        code, out, _ = self.drain()
        self.assertEqual((code, self.read("drain")), (0, "1\n"))
        self.assertIn("until `alias-switch undrain`", out)
        self.assertFalse(os.path.exists(commands.kept_drain(self.config())))
        code, out, _ = self.said(commands.undrain, self.config(), None)
        self.assertEqual((code, self.read("drain")), (0, "0\n"))

    def test_a_master_that_keeps_the_vip_is_told(self):
        self.on_nic = [VIP]
        code, _, errors = self.drain()
        self.assertEqual((code, self.read("drain")), (1, "1\n"))
        self.assertIn("drained, but keepalived keeps the VIP", errors)
        self.assertAlmostEqual(self.time, 1005.0, delta=0.2)

    def test_a_master_that_lets_go(self):
        self.on_nic = [VIP]
        master = iter([True, True, False])  # keepalived reacts between two looks
        self.patch(commands, "is_master", lambda _config: next(master))
        self.assertEqual(self.drain()[0], 0)

    def test_a_drain_that_outlives_a_reboot(self):
        self.drain(keep=True)
        self.assertEqual(self.read("etc/drain"), "1\n")
        self.said(commands.undrain, self.config(), None)
        self.assertFalse(os.path.exists(commands.kept_drain(self.config())))


class AnotherNic(OnANode):
    def setUp(self):
        super().setUp()
        self.ran = []
        run = lambda words: self.ran.append(words) or subprocess.CompletedProcess(words, 4)
        self.patch(commands, "subprocess", types.SimpleNamespace(run=run))

    def test_keepalived_is_restarted_only_for_another_nic(self):
        self.write("interface", "1 lo\n")
        self.assertEqual(commands.follow_nic(self.config(), None), 0)
        self.assertEqual(self.ran, [])
        self.write("interface", "9 eth9\n")
        self.assertEqual(commands.follow_nic(self.config(), None), 4)
        self.assertEqual(self.ran, [["systemctl", "--no-block", "try-restart", "keepalived.service"]])

    def test_without_a_nic_there_is_nothing_to_follow(self):
        self.write("interface", "9 eth9\n")
        self.patch(commands, "vips_on_nic", lambda _config: (None, []))
        self.assertEqual(commands.follow_nic(self.config(), None), 0)
        self.assertEqual(self.ran, [])


if __name__ == "__main__":
    unittest.main()
