"""The agent's loop: it gathers facts, carries decisions out, writes its files, and ends when it is told to."""

import json
import os
import signal
import socket
import unittest

import programs  # noqa: F401
from failover_pair import agent, publishing
from failover_pair.claim_commands import Demoted
from node import ME, OWN_ADDRESS, PEER, PEER_ADDRESS, VIP
from running_agent import RunningAgent

BRIDGE = {"follow": "afterGrace", "graceSeconds": 30, "interval": 0.5}


class Serving(RunningAgent):
    def test_a_backup_asks_for_nothing_to_be_changed(self):
        self.at(1, lambda: self.notify("BACKUP"))
        code, journal = self.runs(20)
        self.assertEqual(code, 0)
        self.assertFalse([one for one in self.cloud.asked if one.startswith("POST")])
        self.assertEqual(self.cloud.aliases[PEER], [VIP])
        self.assertEqual(self.written()["vrrp"], "BACKUP")
        self.assertIn("alias-switch for %s on a started" % VIP, journal)
        self.assertIn("alias-switch stopped", journal)

    def test_a_promotion_makes_the_cloud_agree(self):
        self.at(1, lambda: self.notify("BACKUP"))
        self.at(5, lambda: self.promote(VIP))
        self.runs(15)
        self.assertEqual(self.cloud.aliases, {ME: [VIP], PEER: []})
        found = self.written()
        self.assertEqual((found["confirmed"], found["lastClaim"]["from"]), (True, "b"))
        self.assertIn("READY=1", self.notified)
        self.assertIn("STATUS=MASTER, holder", self.notified)
        self.assertRegex(self.read("agent/metrics.prom"), r"(?m)^failover_pair_holder_agrees\{.*\} 1\.0$")

    def test_a_demotion_before_the_change_stops_it(self):
        self.demoted_by_a_request()
        self.at(5, lambda: self.promote(VIP))
        self.runs(15)
        self.assertEqual(self.cloud.aliases[PEER], [VIP])

    def test_a_refused_claim_is_tried_again_until_it_works(self):
        self.cloud.refuse = 423, "locked"
        self.at(2, lambda: self.promote(VIP))
        self.at(10, lambda: setattr(self.cloud, "refuse", None))
        self.runs(30)
        self.assertEqual(self.cloud.aliases[ME], [VIP])
        self.assertIs(self.written()["lastError"]["over"], True)

    def test_a_signal_ends_a_claim_that_waits(self):
        self.cloud.refuse = 423, "locked"
        self.at(2, lambda: self.promote(VIP))
        self.runs(6)
        self.assertLess(self.time, 1008)
        self.assertEqual(self.cloud.aliases[PEER], [VIP])

    def test_a_hang_up_hurries_a_claim_that_waits(self):
        self.cloud.refuse = 403, "token_readonly"  # a pause of many seconds
        self.at(2, lambda: self.promote(VIP))

        def good_again():
            self.cloud.refuse = None
            signal.raise_signal(signal.SIGHUP)

        self.at(4, good_again)
        self.runs(5)
        self.assertEqual(self.cloud.aliases[ME], [VIP])

    def test_the_operators_claim_looks_at_once(self):
        self.at(2, lambda: self.promote(VIP))
        # the alias is moved by hand
        self.at(10, lambda: self.cloud.aliases.update({ME: [], PEER: [VIP]}))
        self.at(11, lambda: self.tell_fifo("CLAIM"))
        self.runs(13)
        self.assertEqual(self.cloud.aliases, {ME: [VIP], PEER: []})

    def test_another_token_is_asked_about_at_once(self):
        self.cloud.refuse = 401, "unauthorized"

        def replaced():
            self.cloud.refuse = None
            self.write("token", "u" * 64)

        self.at(10, replaced)
        self.at(12, lambda: self.assertIs(self.one.outside.api.token_valid, True))
        _, journal = self.runs(13)
        self.assertIs(self.written()["tokenValid"], True)
        self.assertIn("401", journal)

    def test_a_new_agent_goes_on_where_the_old_one_ended(self):
        self.at(2, lambda: self.promote(VIP))
        self.runs(10)
        promoted = self.written()["promotedAt"]
        self.close()
        os.close(self.one.publisher.lock)
        asked = len(self.cloud.asked)
        self.makes()
        self.assertEqual(self.state.role.promoted_at, promoted)
        self.assertEqual(len(self.cloud.asked), asked)


class Odd(RunningAgent):
    def test_a_nic_that_cannot_be_read_is_not_a_masters(self):
        one = self.makes()
        self.assertFalse(one.seen().master)
        self.on_nic = [VIP]
        self.assertTrue(one.seen().master)
        one.gate()

        def fails(_config):
            raise OSError("no netlink")

        self.patch(agent, "vips_on_nic", fails)
        self.patch(agent, "is_master", fails)
        found, _, journal = self.said(one.seen)
        self.assertIsNone(found)
        self.assertIn("cannot read the NIC: no netlink", journal)
        with self.assertRaises(Demoted):
            self.said(one.gate)

    def test_the_nic_may_be_away(self):
        self.patch(agent, "vips_on_nic", lambda _config: (None, []))
        self.assertFalse(self.makes().seen().found)

    def test_an_agent_that_died_while_it_let_go_goes_on_with_it(self):
        self.write("yield", "1\n")
        self.assertTrue(self.makes().state.yielding.on)

    def test_a_full_disk_is_told_once_and_ends_nothing(self):
        def full(*_):
            raise OSError(28, "No space left on device")

        self.patch(publishing, "write_atomically", full)
        self.at(2, lambda: self.promote(VIP))
        _, journal = self.runs(200)
        self.assertEqual(self.cloud.aliases[ME], [VIP])
        self.assertEqual(journal.count("cannot write to"), 1)


class Bridged(RunningAgent):
    def test_the_bridge_is_told_who_the_holder_is(self):
        self.at(2, lambda: self.promote(VIP))
        self.runs(30, bridge=BRIDGE)
        self.assertEqual(self.read("agent/holder"), "self\n")

    def test_what_the_peer_says_is_heard_and_written(self):
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(peer.close)
        peer.bind((PEER_ADDRESS, 24788))
        words = {"v": 1, "sent": 5.0, "state": "MASTER", "master": True, "promotedAgo": 3.5, "holder": True, "hears": True}

        def speaks():
            peer.sendto(json.dumps(words).encode(), (OWN_ADDRESS, 24788))

        self.at(2, lambda: self.notify("BACKUP"))
        for second in range(3, 20):
            self.at(second, speaks)
        self.runs(19.5, bridge=BRIDGE, ports=["80/tcp"], service="nginx.service")
        self.assertEqual(self.written()["peer"]["state"], "MASTER")
        self.assertEqual(self.one.outside.unit_cgroup(), "/system.slice/nginx.service")


if __name__ == "__main__":
    unittest.main()
