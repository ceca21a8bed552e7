"""The guard's table, as text, and what reads the kernel's messages."""

import re
import socket
import struct
import unittest

import programs  # noqa: F401
from failover_pair.guard import service as guard
from failover_pair import kernel
from failover_pair.bridge import tunnel
from failover_pair.guard import rules as guard_rules


CONFIG = {"address": "10.0.1.2", "peerAddress": "10.0.1.3", "vips": ["10.0.1.1"]}
ENDS = ["169.254.73.1", "169.254.73.2"]


class Table(unittest.TestCase):
    def rules(self, chain, nic="nic"):
        text = guard_rules.ruleset(CONFIG, nic, ENDS, {0, 998})[1]
        body = re.search(r"chain %s \{(.*?)\n    \}" % chain, text, re.S)[1]
        return [line.strip() for line in body.splitlines() if line.strip() and not line.strip().startswith("type ")]

    def test_only_the_peer_at_the_private_nic_comes_in(self):
        for chain in ("arriving", "let_in"):
            for rule in self.rules(chain):
                if rule.endswith("accept") and "vip-tunnel" not in rule:
                    self.assertTrue(rule.startswith('iifname "nic" ip saddr 10.0.1.3 ip daddr 10.0.1.2 '), rule)

    def test_every_port_and_protocol_of_the_pair_ends_with_a_drop(self):
        for what in ("ip protocol 112", "udp dport 24788", "udp dport 24789"):
            rules = [rule for rule in self.rules("arriving") if what in rule]
            self.assertRegex(rules[0], "accept$")
            self.assertRegex(rules[-1], "drop$")

    def test_adverts_that_come_from_far_or_to_another_address_are_dropped(self):
        vrrp = [rule for rule in self.rules("arriving") if "protocol 112" in rule]
        self.assertEqual(
            vrrp,
            [
                'iifname "nic" ip saddr 10.0.1.3 ip daddr 10.0.1.2 ip protocol 112 ip ttl >= 254 accept',
                'iifname { "vip-tunnel", "nic" } ip protocol 112 drop',
                "ip daddr 10.0.1.2 ip protocol 112 drop",
            ],
        )

    def test_without_a_nic_adverts_of_others_are_dropped_all_the_same(self):
        vrrp = [rule for rule in self.rules("arriving", None) if "protocol 112" in rule]
        self.assertTrue(vrrp[0].startswith('iifname != { "lo", "vip-tunnel" } ip saddr 10.0.1.3 ip daddr 10.0.1.2 '))
        self.assertEqual(vrrp[-1], "ip daddr 10.0.1.2 ip protocol 112 drop")

    def test_local_users_send_neither_to_the_tunnel_nor_for_the_agent(self):
        self.assertEqual(
            self.rules("leaving"),
            [
                "udp dport 24789 meta mark & 0x0f000000 == 0x04000000 meta mark set meta mark & 0xf0ffffff accept",
                "ip daddr 10.0.1.3 udp dport 24789 drop",
                "ip daddr { 10.0.1.3, 169.254.73.2 } udp dport 24788 meta skuid != { 0, 998 } drop",
            ],
        )

    def test_the_tunnel_is_sent_from_ports_that_no_local_user_has(self):
        self.assertLess(guard_rules.SOURCE_PORTS[1], 1024)
        for chain in ("arriving", "let_in"):
            accepted = [rule for rule in self.rules(chain) if "dport 24789" in rule and "drop" not in rule]
            self.assertEqual(len(accepted), 1)
            self.assertIn("udp sport 960-1023 ", accepted[0])

    def test_marks_of_others_are_left_as_they_are(self):
        text = guard_rules.ruleset(CONFIG, "nic", ENDS, {0})[1]
        changes = re.findall(r"(?:ct|meta) mark set (.*)", text)
        self.assertEqual(len(changes), 4)
        for change in changes:
            self.assertRegex(change, r"^meta mark & 0xf0ffffff( \| 0x0[24]000000)?( accept)?$")
        for mark in (guard_rules.SENT, guard_rules.LET_IN, guard_rules.CHECKED):
            self.assertEqual(mark & ~guard_rules.MARK_MASK, 0)

    def test_the_mark_tells_every_difference(self):
        marks = {guard_rules.ruleset(CONFIG, nic, ENDS, users)[0] for nic in (None, "a") for users in ({0}, {0, 9})}
        self.assertEqual(len(marks), 4)


class Gate(unittest.TestCase):
    def run_program(self, mark):
        """Classic BPF, as far as the gate goes."""
        steps = [tuple(map(int, step.split())) for step in tunnel.GATE.split(",")[1:]]
        at, value = 0, None
        while True:
            code, yes, no, k = steps[at]
            at += 1
            if code == 0x20:
                self.assertEqual(k - (1 << 32), -0x1000 + 20)  # SKF_AD_OFF + SKF_AD_MARK
                value = mark
            elif code == 0x54:
                value &= k
            elif code == 0x15:
                at += yes if value == k else no
            else:
                return k

    def test_only_what_both_tables_have_marked_gets_out_of_the_tunnel(self):
        passes, drops = 0, 2
        for mark, wanted in (
            (0x0A000000, passes),
            (0x5A123456, passes),
            (0, drops),
            (0x02000000, drops),
            (0x08000000, drops),
            (0x0B000000, drops),
            (0xFFFFFFFF, drops),
        ):
            self.assertEqual(self.run_program(mark), wanted, hex(mark))


class Messages(unittest.TestCase):
    def test_the_kinds_of_all_messages_of_a_datagram_are_told(self):
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with here, there:
            here.setblocking(False)
            messages = [struct.pack("=IHHII", 20, kind, 0, 0, 0) + b"abcd" for kind in (0x0A02, 0x0A0F)]
            there.send(b"".join(messages))
            there.send(b"")
            there.send(struct.pack("=IHHII", 0, 7, 0, 0, 0))
            self.assertEqual(kernel.drain(here), {0x0A02, 0x0A0F, 7})
            self.assertEqual(kernel.drain(here), set())

    def test_a_table_that_is_gone_is_among_them(self):
        self.assertEqual(kernel.NFT_DELETED, {0x0A02, 0x0A05, 0x0A08})


if __name__ == "__main__":
    unittest.main()
