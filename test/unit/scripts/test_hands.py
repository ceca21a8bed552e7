"""What carries the agent's decisions out, one command at a time."""

import json
import os
import unittest

import programs  # noqa: F401
from failover_pair import hands
from failover_pair.core.commands import AskFor, Do, Say, SetYield
from running_agent import RunningAgent

BRIDGE = {"follow": "afterGrace", "graceSeconds": 30, "interval": 0.5}


class Hands(RunningAgent):
    def carry_out(self, command):
        return self.one.hands.carry_out(command)

    def test_the_surroundings_of_a_node(self):
        self.write("drain", "1\n")
        self.write("service", "1\n")
        self.write("tracking.json", json.dumps({"watched": False, "refused": {"http": "chmod"}}))
        self.patch(hands, "refused_checks", lambda _config: {"dns": "chown"})
        self.makes(service="nginx.service")
        found = self.carry_out(Do.LOOK_AROUND)
        self.assertEqual((found.keepalived, found.keepalived_for), ("active", 100.0))
        self.assertEqual((found.drained, found.service_flag, found.watched), (True, True, False))
        self.assertEqual(found.refused, {"http": "chmod", "dns": "chown"})

    def test_without_a_service_its_flag_is_not_looked_at(self):
        self.write("service", "1\n")
        self.makes()
        self.assertIsNone(self.carry_out(Do.LOOK_AROUND).service_flag)

    def test_root_is_asked_by_a_files_new_time(self):
        self.makes()
        self.carry_out(AskFor("nic-lost"))
        self.assertRegex(self.read("agent/nic-lost"), r"^\d+\.\d+\n$")
        os.rmdir(os.path.join(self.folder, "bridge"))
        self.carry_out(AskFor("missing/nic-lost"))  # a full disk, say

    def test_keepalived_is_told_by_its_track_file(self):
        self.makes()
        self.assertTrue(self.carry_out(SetYield(1)))
        self.assertEqual(self.read("yield"), "1\n")

        def full(*_):
            raise OSError(28, "No space left on device")

        self.patch(hands, "write_flag", full)
        told, _, journal = self.said(self.carry_out, SetYield(0))
        self.assertFalse(told)
        self.assertIn("<4>keepalived cannot be told: ", journal)

    def test_only_a_backup_says_what_its_journeys_found(self):
        self.makes(bridge=BRIDGE)
        one = self.one.outside
        one.carrier.result = {"ok": True, "where": None, "at": 4e9}
        said = {"state": "BACKUP", "holder": False, "carried": False, "yields": False, "leaving": False, "fit": True}
        for master, journey_said in ((False, one.carrier.result), (True, None)):
            self.carry_out(Say({**said, "master": master}))
            self.assertEqual(one.talk.journey, journey_said)

    def test_a_demotion_is_waited_for_half_a_second(self):
        self.makes()
        self.assertTrue(self.carry_out(Do.AWAIT_DEMOTION))

    def test_without_a_bridge_there_is_no_carrier(self):
        with self.assertRaises(AssertionError):
            self.makes().outside.carrier  # noqa: B018

    def test_without_a_service_there_is_no_cgroup(self):
        self.assertEqual(self.makes().outside.unit_cgroup(), "")


if __name__ == "__main__":
    unittest.main()
