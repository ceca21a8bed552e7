"""The bridge's pure parts: what should be there, and how to get there from what is."""

import json
import os
import re
import socket
import sys
import tempfile
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import journey
from failover_pair.bridge import service as bridge
from failover_pair.bridge import routing, tunnel

CONFIG = {"address": "10.0.1.10", "peerAddress": "10.0.1.9", "vips": ["10.0.1.1", "10.0.1.4"]}
# as `ip -json rule` prints it (iproute2 6.1, Debian 12)
RULES = json.loads(
    """[{"priority":0,"src":"all","table":"local"},
    {"priority":24700,"src":"all","dst":"10.0.1.1","iif":"vip-tunnel","iif_detached":null,"action":"blackhole"},
    {"priority":24701,"src":"all","dst":"10.0.1.1","iif":"enp7s0","table":"24789"},
    {"priority":24702,"src":"all","dst":"169.254.73.8","dstlen":29,"iif":"enp7s0","table":"24789"},
    {"priority":24703,"src":"all","dst":"169.254.73.8","dstlen":29,"iif":"lo","table":"24790"},
    {"priority":24704,"src":"all","iif":"enp7s0","action":"blackhole"},
    {"priority":24705,"src":"all","fwmark":"0x1000000","fwmask":"0xf000000","table":"24789"},
    {"priority":24706,"src":"169.254.73.1","iif":"lo","table":"24789"},
    {"priority":24707,"src":"10.0.1.1","iif":"lo","table":"24789"},
    {"priority":32766,"src":"all","table":"main"}]"""
)


class Ends(unittest.TestCase):
    def test_both_ends_agree(self):
        other = {"address": CONFIG["peerAddress"], "peerAddress": CONFIG["address"]}
        self.assertEqual(bridge.inner(CONFIG), ["169.254.73.2", "169.254.73.1"])
        self.assertEqual(bridge.inner(other), ["169.254.73.1", "169.254.73.2"])

    def test_a_mac_address_is_local_and_names_the_node(self):
        self.assertEqual(tunnel.mac("10.0.1.200"), "02:0a:0a:00:01:c8")


class Rules(unittest.TestCase):
    WANTED = routing.wanted_rules(["10.0.1.1"], "enp7s0", "169.254.73.1", "peer", False)

    def test_loops_are_cut_before_anything_is_carried(self):
        rules = routing.wanted_rules(CONFIG["vips"], "nic", "169.254.73.2", None, False)
        kinds = [rule.split()[-1] if "blackhole" in rule else rule.split()[1] for rule in rules]
        fwmark = "0x1000000/0xf000000"
        self.assertEqual(kinds, ["blackhole"] * 2 + ["nic"] * 3 + ["lo", "blackhole", fwmark] + ["lo"] * 3)

    def test_answers_go_back_through_the_tunnel_unless_this_node_is_the_holder(self):
        back = "iif lo from 10.0.1.1 lookup 24789"
        for holder, there in (("peer", True), (None, True), ("self", False)):
            rules = routing.wanted_rules(["10.0.1.1"], "nic", "169.254.73.1", holder, False)
            self.assertEqual(back in rules, there, holder)

    def test_a_node_that_is_no_router_forwards_nothing_else_even_without_nftables(self):
        router = routing.wanted_rules(["10.0.1.1"], "enp7s0", "169.254.73.1", "peer", True)
        self.assertEqual([rule for rule in self.WANTED if rule not in router], ["iif enp7s0 type blackhole"])

    def test_what_is_there_is_left_alone(self):
        self.assertEqual(routing.rule_lines(bridge.ours(RULES), self.WANTED), [])

    def test_whatever_iproute2_calls_the_action(self):
        older = [{("kind" if name == "action" else name): value for name, value in rule.items()} for rule in RULES]
        self.assertEqual(routing.rule_lines(bridge.ours(older), self.WANTED), [])

    def test_only_the_difference_is_changed(self):
        holder = routing.wanted_rules(["10.0.1.1"], "enp7s0", "169.254.73.1", "self", False)
        self.assertEqual(routing.rule_lines(bridge.ours(RULES), holder), ["rule del pref 24707"])
        self.assertEqual(
            routing.rule_lines(bridge.ours(RULES[:2]), self.WANTED[:2]),
            ["rule add pref 24701 iif enp7s0 to 10.0.1.1 lookup 24789"],
        )
        other = routing.wanted_rules(["10.0.1.1"], "enp8s0", "169.254.73.1", "peer", False)
        self.assertEqual(
            routing.rule_lines(bridge.ours(RULES), other),
            [
                "rule del pref 24701",
                "rule del pref 24702",
                "rule del pref 24704",
                "rule add pref 24701 iif enp8s0 to 10.0.1.1 lookup 24789",
                "rule add pref 24702 iif enp8s0 to 169.254.73.8/29 lookup 24789",
                "rule add pref 24704 iif enp8s0 type blackhole",
            ],
        )


class Filters(unittest.TestCase):
    def text(self, router):
        return bridge.ruleset(CONFIG, "nic", "169.254.73.2", "169.254.73.1", router)

    def test_the_tunnel_needs_both_tables_and_nobody_sees_their_marks(self):
        self.assertEqual(
            self.rules("checked"),
            ["udp dport 24789 meta mark & 0x0f000000 == 0x02000000 meta mark set meta mark & 0xf0ffffff | 0x0a000000"],
        )

    def test_a_node_that_was_no_router_forwards_nothing_else(self):
        self.assertRegex(self.text(False)[1], r'(?m)^ *iifname "nic" drop$')
        self.assertNotRegex(self.text(True)[1], r'(?m)^ *iifname "nic" drop$')

    def test_the_mark_tells_every_difference(self):
        marks = {self.text(False)[0], self.text(True)[0]}
        marks.add(bridge.ruleset({**CONFIG, "vips": ["10.0.1.1"]}, "nic", "169.254.73.2", "169.254.73.1", True)[0])
        self.assertEqual(len(marks), 3)
        for router in (True, False):
            mark, text = self.text(router)
            self.assertIn('comment "%s"' % mark, text)

    def rules(self, chain):
        text = self.text(False)[1]
        body = re.search(r"chain %s \{(.*?)\n    \}" % chain, text, re.S)[1]
        return [line.strip() for line in body.splitlines() if line.strip() and not line.strip().startswith("type ")]

    def test_what_the_tunnel_may_carry_is_all_that_is_forwarded(self):
        rules = self.rules("forward")
        self.assertEqual(rules[-3:], ['iifname "vip-tunnel" drop', 'oifname "vip-tunnel" drop', 'iifname "nic" drop'])
        for rule in rules[:-3]:
            # into the tunnel or out of it, and for or from the VIPs or, asked by the peer, their stand-ins
            self.assertIn('"vip-tunnel"', rule)
            asked = "ip saddr 10.0.1.9" in rule or "ip daddr 10.0.1.9" in rule
            self.assertRegex(rule, "10.0.1.1, 10.0.1.4" if not asked else "169.254.73.8, 169.254.73.9")

    def test_a_question_counts_at_eight_places(self):
        text = self.text(True)[1]
        for name in journey.COUNTERS:
            self.assertIn("counter %s { }" % name, text)
            self.assertIn("counter name %s" % name, text)

    def test_only_the_peer_asks_and_nobody_sends_to_a_stand_in(self):
        rules = self.rules("journey_in")
        self.assertEqual(
            rules[:2],
            ["ip saddr 169.254.73.8/29 drop", 'iifname { "nic", "vip-tunnel" } ip daddr 169.254.73.8/29 drop'],
        )
        for rule in rules[2:]:
            if "jump real" in rule or "jump peace" in rule:
                self.assertIn("ip saddr 10.0.1.9 ip daddr { 10.0.1.1, 10.0.1.4 }", rule)

    def test_a_mark_of_others_survives(self):
        text = self.text(True)[1]
        changes = re.findall(r"(?:ct|meta) mark set (.*)", text)
        self.assertEqual(len(changes), 5)
        for change in changes:
            self.assertRegex(change, r"^(ct|meta) mark & 0xf0ffffff( \| 0x0[1a]000000)?$")


class Events(unittest.TestCase):
    def test_a_table_that_is_gone_is_looked_for_at_once_and_what_others_add_is_not(self):
        new_rule, gone_table = 0x0A06, 0x0A02
        self.assertEqual(bridge.Bridge.concerns({new_rule}, True), bridge.PERIOD)
        for kinds in ({new_rule, gone_table}, {None}):
            self.assertLess(bridge.Bridge.concerns(kinds, True), 1)
        self.assertEqual(bridge.Bridge.concerns({16}, False), 1)


class Door(unittest.TestCase):
    """What the agent asks, and whatever it is: the service goes on."""

    COUNTS = dict.fromkeys(journey.COUNTERS, 7)

    def ask(self, word, ruleset, bound=True):
        listed = {"nftables": [{"counter": {"name": name, "packets": 7}} for name in journey.COUNTERS]}
        printed = lambda *words, stdin=None: json.dumps(listed if "counters" in words else ruleset)
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(bridge, "run", printed):
            door = bridge.agents_door(os.path.join(folder, "bridge.sock"))
            with door, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as agent:
                if bound:
                    agent.bind(os.path.join(folder, "agent.sock"))
                agent.sendto(word, door.getsockname())
                bridge.Bridge({**CONFIG, "runDir": "/nonexistent"}).at_the_door(door)
                return json.loads(agent.recv(65536)) if bound else None

    def test_the_counters_are_told(self):
        self.assertEqual(self.ask(b"count", {}), {"counters": self.COUNTS})
        self.assertEqual(self.ask(b"explain", {"nftables": []}), {"counters": self.COUNTS, "suspects": {}, "published": []})

    def test_rules_of_an_unknown_shape_end_nothing(self):
        chain = {"family": "ip", "table": "t", "name": "c", "hook": "forward"}
        rule = {**chain, "chain": "c", "expr": [7]}
        for strange in ([], {"nftables": None}, {"nftables": [{"rule": None}]}, {"nftables": [{"chain": chain}, {"rule": rule}]}):
            self.assertEqual(self.ask(b"explain", strange)["counters"], self.COUNTS)

    def test_a_question_from_nowhere_ends_nothing(self):
        self.ask(b"explain", {"nftables": []}, bound=False)


if __name__ == "__main__":
    unittest.main()
