"""`alias-switch wait-healthy`: what it asks this node, how long it waits, and what it says at the end."""

import json
import subprocess
import sys
import time
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import health, waiting
from failover_pair.systemd import UnitNow
from node import ME, PEER, VIP, OnANode

HEARD = {"sent": 16, "sentBad": 0, "arrived": 0, "arrivedBad": 0, "delivered": 0}


class WaitHealthy(OnANode):
    def setUp(self):
        super().setUp()
        self.sleeps(waiting)
        self.heard, self.answers, self.running, self.noted = dict(HEARD), True, True, []
        self.patch(health, "unit_now", lambda _unit: self.keepalived)
        self.patch(health, "listen_for_adverts", lambda _config: self.heard)
        self.patch(health, "answers", lambda _config: self.answers)
        self.patch(health, "agent_runs", lambda _config: self.running)
        self.patch(health, "tracking_now", lambda _config: {"watched": True, "refused": {}})
        self.patch(health, "note_tracking", self.noted.append)
        self.saves(vrrp="BACKUP", tokenValid=True, since=time.time() - 50)

    def saves(self, **values):
        self.write("agent/agent.json", json.dumps(values))

    def master(self, **values):
        self.on_nic = [VIP]
        self.cloud.aliases = {ME: [VIP], PEER: []}
        self.saves(**{"vrrp": "MASTER", "confirmed": True, "since": time.time() - 50, **values})

    def wait(self, seconds=10, new=False, **changes):
        options = types.SimpleNamespace(timeout=seconds, peer_may_be_new=new)
        return self.said(health.wait_healthy, self.config(**changes), options)

    def assertUnhealthy(self, words, **how):
        code, out, errors = self.wait(**how)
        self.assertEqual((code, out), (1, ""))
        self.assertIn("not healthy after 10 s: ", errors)
        self.assertIn(words, errors)

    def test_a_backup_whose_peer_serves(self):
        self.assertEqual(self.wait(), (0, "healthy\n", ""))
        self.assertEqual((len(self.noted), self.time), (1, 1000))

    def test_a_backup_that_keepalived_has_just_become_waits_to_hear(self):
        self.keepalived = UnitNow("active", 3.5, 3.5)
        self.assertEqual(self.wait()[0], 0)
        self.assertGreaterEqual(self.time, 1000 + health.HEARD_SECONDS)

    def test_a_backup_while_no_node_serves(self):
        self.cloud.aliases[PEER] = []
        self.assertUnhealthy("BACKUP, but no node serves yet")

    def test_a_backup_that_cannot_ask_the_api(self):
        self.cloud.broken = OSError("no route to it")
        self.assertUnhealthy("whether the peer serves is not known: ")

    def test_a_service_that_is_down(self):
        self.write("service", "1\n")
        self.assertUnhealthy("the service is down", service="nginx.service")

    def test_without_a_service_its_flag_does_not_count(self):
        self.write("service", "1\n")
        self.assertEqual(self.wait()[0], 0)

    def test_keepalived_or_the_agent_does_not_run(self):
        self.running = False
        self.assertUnhealthy("alias-switch is not running")
        self.keepalived = UnitNow("failed", None, None)
        self.assertUnhealthy("keepalived is failed")

    def test_an_error_that_is_over_does_not_count(self):
        error = {"at": 1.0, "cause": "locked", "text": "server is locked", "over": True}
        self.master(lastError=error)
        self.assertEqual(self.wait()[0], 0)
        self.saves(vrrp="BACKUP", since=time.time() - 50, lastError={**error, "over": False})
        self.on_nic = []
        self.assertUnhealthy("server is locked")

    def test_a_master_whose_peer_answers_but_is_not_heard(self):
        claim = {"from": "b", "at": time.time(), "seconds": 1.0, "steps": {}}
        self.master(lastClaim=claim)
        self.assertUnhealthy("the address was taken from b, which runs but is not heard")
        self.answers = False
        self.assertEqual(self.wait()[0], 0)
        self.answers = True
        self.saves(vrrp="MASTER", confirmed=True, since=time.time() - 50, lastClaim={**claim, "at": time.time() - 600})
        self.assertEqual(self.wait()[0], 0)

    def test_a_master_that_cannot_ask_whether_the_peer_runs(self):
        self.master(lastClaim={"from": "b", "at": time.time(), "seconds": 1.0, "steps": {}})
        self.cloud.broken = OSError("no route to it")
        self.assertUnhealthy("MASTER, and whether the peer runs is not known: ")

    def test_a_peer_whose_agent_says_that_it_is_backup_hears_this_node(self):
        claim = {"from": "b", "at": time.time(), "seconds": 1.0, "steps": {}}
        self.master(lastClaim=claim, peer={"state": "BACKUP", "master": False, "yields": False})
        self.assertEqual(self.wait()[0], 0)

    def test_the_cause_that_was_seen_before_is_told_too(self):
        self.master()
        self.heard.update(arrived=9, delivered=0)

        def sleep(seconds):
            self.time += seconds
            self.on_nic = []
            self.saves(vrrp="FAULT")

        waiting.time.sleep = sleep
        code, _, errors = self.wait()
        self.assertEqual(code, 1)
        self.assertRegex(errors, "FAULT.*; before that: a firewall on .* drops the peer's VRRP adverts")

    def test_what_the_peer_says_of_its_state(self):
        for peer, state in (
            ({"yields": True, "master": False}, "yields"),
            ({"yields": False, "master": True, "state": "BACKUP"}, "MASTER"),
            ({"yields": False, "master": False, "state": "FAULT"}, "FAULT"),
            (None, None),
        ):
            self.assertEqual(health.peer_state({"peer": peer}), state)


class Hear(OnANode):
    def listens(self, printed=b"", error=None):
        asked = []

        def run(words, **_):
            asked.append(words)
            if error:
                raise error
            return types.SimpleNamespace(stdout=printed)

        with mock.patch.object(health.subprocess, "run", run), mock.patch.object(sys, "argv", ["/opt/x/alias-switch"]):
            config = self.config()
            found = health.listen_for_adverts(config)
        self.assertEqual(asked, [["/opt/x/hear", str(health.HEARD_SECONDS), config.path]])
        return found

    def test_the_counts_of_the_program_beside_this_one(self):
        self.assertEqual(self.listens(json.dumps({**HEARD, "more": 1}).encode()), HEARD)

    def test_a_program_that_cannot_listen_tells_nothing(self):
        for printed in (b"", b"[]", b'{"sent": 1}', b'{"sent": "x"}'):
            self.assertIsNone(self.listens(printed), printed)
        for error in (PermissionError(), subprocess.TimeoutExpired("hear", 30)):
            self.assertIsNone(self.listens(error=error))


if __name__ == "__main__":
    unittest.main()
