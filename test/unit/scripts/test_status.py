"""`alias-switch status`: what it collects, with and without an agent, and what it prints."""

import json
import os
import types
import unittest

import programs  # noqa: F401
from failover_pair import status, verdict
from failover_pair.journal import SECRETS
from failover_pair.locks import beat_lock, hold_lock
from failover_pair.systemd import UnitNow
from node import ME, PEER, VIP, OnANode, TOKEN

BRIDGE = {"follow": "afterGrace", "graceSeconds": 30, "interval": 0.5}
CLAIM = {"at": 1.8e9, "seconds": 1.5, "from": "b", "steps": {"read": 0.06, "take": 0.8}}


class Status(OnANode):
    def setUp(self):
        super().setUp()
        self.addCleanup(SECRETS.discard, TOKEN)
        self.metadata, self.serves = None, False
        self.patch(status, "metadata_aliases", lambda _config: self.metadata)
        self.patch(status, "unit_now", lambda _unit: self.keepalived)
        self.patch(status, "unit_state", lambda _unit: "active")
        self.patch(status, "tracking_now", lambda _config: {"watched": True, "refused": {}})
        self.patch(status, "checks_now", lambda _config: {"http": "good"})
        self.patch(status.BridgeClient, "peer_serves", lambda _: self.serves)

    def agent_runs(self, **saved):
        lock = hold_lock(self.config())
        self.addCleanup(os.close, lock)
        beat_lock(lock)
        self.write("agent/agent.json", json.dumps(saved))

    def master(self):
        self.on_nic = [VIP]
        self.cloud.aliases = {ME: [VIP], PEER: []}

    def collect(self, **changes):
        return status.collect(self.config(**changes))

    def test_a_master_that_serves(self):
        self.master()
        self.metadata = [VIP]
        self.agent_runs(confirmed=True, vrrp="MASTER", since=1.0)
        found = self.collect()
        self.assertEqual((found["vrrp"], found["holderByApi"], found["holderByMetadata"]), ("MASTER", "a", "a"))
        self.assertEqual((found["serves"], found["agent"], found["requestsLeft"]), (True, "running", 3500))
        self.assertEqual((found["room"], found["interface"]), (True, "lo"))

    def test_a_backup_of_a_peer_that_serves(self):
        self.metadata = []
        self.agent_runs(vrrp="BACKUP", since=1.0)
        found = self.collect()
        self.assertEqual((found["vrrp"], found["holderByApi"], found["holderByMetadata"]), ("BACKUP", "b", "not a"))
        self.assertEqual((found["serves"], found["alone"], found["carries"]), (False, None, None))

    def test_without_an_agent_its_file_tells_no_state(self):
        self.write("agent/agent.json", json.dumps({"vrrp": "MASTER", "confirmed": True}))
        found = self.collect()
        self.assertEqual((found["vrrp"], found["agent"], found["serves"]), ("unknown", "not running", False))

    def test_neither_node_of_the_pair_has_the_alias(self):
        self.cloud.aliases[PEER] = ["10.0.0.77"]
        self.assertEqual(self.collect()["holderByApi"], "neither node of the pair")

    def test_a_nic_that_cannot_be_read(self):
        def fails():
            raise OSError("no netlink")

        self.patch(status, "vips_on_nic", lambda _config: fails())
        found = self.collect()
        self.assertEqual((found["interface"], found["vipsOnNic"]), (None, []))

    def test_an_api_that_refuses_the_token(self):
        self.agent_runs(vrrp="BACKUP")
        self.cloud.refuse = 401, "unauthorized"
        found = self.collect()
        self.assertIn("(token-refused)", found["apiError"])
        self.assertEqual((found["tokenValid"], found["ready"]), (False, False))
        self.assertIn("refuses the token", found["notReady"])

    def test_a_token_that_only_the_agent_knows_to_be_read_only(self):
        self.agent_runs(tokenValid=False)
        self.assertIs(self.collect()["tokenValid"], False)

    def test_a_full_list_of_aliases(self):
        self.cloud.aliases[ME] = ["10.0.2.%d" % number for number in range(status.MOST_ALIASES)]
        self.assertIs(self.collect()["room"], False)

    def test_what_only_a_pair_with_a_bridge_knows(self):
        self.agent_runs(vrrp="BACKUP", journey={"ok": True, "where": None, "at": 1.0})
        self.serves = True
        self.assertEqual((self.collect()["journey"], self.collect()["bridge"]), (None, None))
        found = self.collect(bridge=BRIDGE)
        self.assertEqual((found["journey"]["ok"], found["carries"]), (True, True))

    def test_a_master_tells_of_the_journey_what_the_peer_found(self):
        mine, theirs = {"ok": True}, {"ok": False}
        saved = {"journey": mine, "peer": {"journey": theirs}}
        self.assertIs(status.journey_known(saved, True), theirs)
        self.assertIs(status.journey_known(saved, False), mine)
        self.assertIsNone(status.journey_known({"peer": None}, True))

    # -- the text

    def text(self, as_json=False, **changes):
        options = types.SimpleNamespace(json=as_json)
        return self.said(status.status, self.config(**changes), options)

    def test_every_line_for_people(self):
        self.master()
        self.agent_runs(
            confirmed=True, vrrp="MASTER", since=1.0, lastClaim=CLAIM,
            lastError={"at": 1.0, "cause": "locked", "text": "server is locked", "over": True},
            notCarried={"ok": False, "where": "no answer", "at": 1.0},
        )
        code, out, _ = self.text(bridge=BRIDGE, service="nginx.service")
        rows = dict((line[:11].strip(), line[12:]) for line in out.splitlines())
        self.assertEqual(rows["VIP on NIC"], "%s on lo" % VIP)
        self.assertEqual(rows["pair"], "web, this is a, VIP %s" % VIP)
        self.assertEqual((rows["drained"], rows["checks"]), ("no", "http good"))
        self.assertEqual(rows["service"], "nginx.service active")
        self.assertRegex(rows["last claim"], r" in 1\.50 s: read 60 ms, take 800 ms$")
        self.assertRegex(rows["not carried"], "no answer")
        self.assertRegex(rows["last error"], ", over: server is locked$")
        self.assertIn(("OK", "WARNING", "CRITICAL")[code], rows)

    def test_the_words_for_what_is_not_known(self):
        self.cloud.broken = OSError("no route")
        self.keepalived = UnitNow(None, None, None)
        _, out, _ = self.text()
        for line in ("VIP on NIC  none on lo", "service     none watched", "API         ? requests left",
                     "units       alias-switch not running, keepalived ?", "holder      ? (API), ? (metadata)"):
            self.assertIn(line, out)

    def test_a_journey_that_was_answered(self):
        self.agent_runs(vrrp="BACKUP", journey={"ok": True, "where": None, "at": 1.0})
        self.assertIn("answered: a failover would be carried", self.text(bridge=BRIDGE)[1])

    def test_json_has_the_exit_code_and_no_token(self):
        self.agent_runs(vrrp="BACKUP", lastError={"at": 1.0, "cause": "network", "text": "it said %s" % TOKEN})
        code, out, _ = self.text(as_json=True)
        found = json.loads(out)
        self.assertEqual(found["exit"], code)
        self.assertEqual(found["lastError"]["text"], "it said <token>")
        self.assertEqual(found["verdict"], verdict.verdict(found)[0])


if __name__ == "__main__":
    unittest.main()
