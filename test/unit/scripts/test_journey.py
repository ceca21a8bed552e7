"""The journey's pure parts: which ports are asked, how a list of sockets is read, where a journey ended."""

import contextlib
import errno
import os
import socket
import struct
import sys
import unittest

import programs  # noqa: F401
from failover_pair import sockets as socket_lists
from failover_pair import journey
from failover_pair.bridge import suspects


class Ports(unittest.TestCase):
    def test_a_port_is_a_number_and_a_protocol(self):
        self.assertEqual(journey.parse_port("80/tcp"), (80, "tcp"))
        for wrong in ("80", "80/sctp", "0/tcp", "65536/tcp", "/tcp", "-1/udp", "²/tcp", 80, None, ["80/tcp"]):
            self.assertIsNone(journey.parse_port(wrong), wrong)

    def test_each_tcp_port_is_asked_and_udp_by_the_pairs_own(self):
        self.assertEqual(journey.questions(["443/tcp", "80/tcp", "80/tcp"]), [(80, "tcp"), (443, "tcp")])
        self.assertEqual(journey.questions(["53/udp", "123/udp"]), [(journey.ECHO_PORT, "udp")])
        self.assertEqual(journey.questions(["53/udp", "53/tcp"]), [(53, "tcp"), (journey.ECHO_PORT, "udp")])

    def test_without_a_port_a_refusal_is_asked_for(self):
        self.assertEqual(journey.questions([]), [(journey.PAIR_PORT, "tcp")])

    def test_the_questions_are_bounded(self):
        self.assertEqual(len(journey.questions("%d/tcp" % port for port in range(1, 1000))), journey.MOST_PORTS)

    def test_source_ports_go_round_and_do_not_meet(self):
        sources = journey.Sources()
        for low, high in (journey.REAL_PORTS, journey.PEACE_PORTS):
            found = [sources.next((low, high)) for _ in range(high - low + 1)]
            self.assertEqual(sorted(found), list(range(low, high + 1)))
        self.assertLess(journey.REAL_PORTS[1], journey.PEACE_PORTS[0])
        self.assertLess(journey.PEACE_PORTS[1], journey.ECHO_PORT)

    def test_stand_ins_lie_in_their_range(self):
        self.assertEqual([journey.stand_in(index) for index in (0, 4)], ["169.254.73.8", "169.254.73.12"])


def message(family, address, port, group, only=None):
    packed = socket.inet_pton(family, address).ljust(16, b"\0")
    body = struct.pack("=BBBB", family, 10, 0, 0) + struct.pack(">HH", port, 0) + packed + bytes(16 + 12 + 20)
    attributes = struct.pack("=HHQ", 12, socket_lists.CGROUP, group)
    if only is not None:
        attributes += struct.pack("=HHBxxx", 5, socket_lists.V6ONLY, only)
    return struct.pack("=IHHII", 16 + len(body + attributes), 20, 2, 1, 0) + body + attributes


class Sockets(unittest.TestCase):
    def test_a_dump_is_read(self):
        data = message(socket.AF_INET, "0.0.0.0", 80, 7) + message(socket.AF_INET, "127.0.0.1", 81, 8)
        found = socket_lists.parse_sockets(data, socket.AF_INET)
        self.assertEqual(found, ([("0.0.0.0", 80, 7), ("127.0.0.1", 81, 8)], False))

    def test_of_ipv6_only_what_takes_ipv4_too(self):
        data = message(socket.AF_INET6, "::", 80, 7, 0) + message(socket.AF_INET6, "::", 81, 7, 1)
        self.assertEqual(socket_lists.parse_sockets(data, socket.AF_INET6)[0], [("::", 80, 7), (None, 81, 7)])

    def test_it_ends(self):
        self.assertEqual(socket_lists.parse_sockets(struct.pack("=IHHII", 20, 3, 0, 1, 0) + bytes(4), socket.AF_INET), ([], True))

    def test_this_process_is_found_by_its_cgroup(self):
        with open("/proc/self/cgroup") as file:
            own = [line.strip().split("::", 1)[1] for line in file if line.startswith("0::")]
        with socket.create_server(("0.0.0.0", 0)) as server, socket.create_server(("127.0.0.1", 0)) as local:
            groups = {group for _, port, group in socket_lists.open_sockets("tcp") if port == server.getsockname()[1]}
            self.assertEqual(len(groups), 1)
            with contextlib.suppress(FileNotFoundError):
                if own and own != ["/"] and os.stat("/sys/fs/cgroup" + own[0]).st_ino in groups:
                    found = socket_lists.listening(own[0], ["10.0.1.1"])
                    self.assertIn("%d/tcp" % server.getsockname()[1], found)
                    self.assertNotIn("%d/tcp" % local.getsockname()[1], found)


    def test_what_listens_at_virtual_ips_only_cannot_answer_in_peace(self):
        with socket.create_server(("127.0.0.7", 0)) as at_vip, socket.create_server(("127.0.0.1", 0)) as own:
            deaf = socket_lists.deaf_in_peace("127.0.0.1", ["127.0.0.7"])
            self.assertIn("%d/tcp" % at_vip.getsockname()[1], deaf)
            self.assertNotIn("%d/tcp" % own.getsockname()[1], deaf)
            with socket.create_server(("127.0.0.1", at_vip.getsockname()[1])):
                self.assertEqual(socket_lists.deaf_in_peace("127.0.0.1", ["127.0.0.7"]), [], "it listens at both")


class Answers(unittest.TestCase):
    class Socket:
        def __init__(self, code):
            self.code = code

        def getsockopt(self, *_):
            return self.code

    def test_a_refusal_is_good_for_the_pairs_own_port_only(self):
        for port, code, expected in (
            (80, 0, journey.SERVED),
            (80, errno.ECONNREFUSED, journey.REFUSED),
            (80, errno.EHOSTUNREACH, journey.SILENT),
            (journey.PAIR_PORT, errno.ECONNREFUSED, journey.SERVED),
            (journey.PAIR_PORT, errno.EHOSTUNREACH, journey.SILENT),
        ):
            self.assertEqual(journey.outcome(self.Socket(code), ("10.0.1.1", port, "tcp")), expected, (port, code))


def counts(*reached):
    return {name: int(name in reached) for name in journey.COUNTERS}


class Places(unittest.TestCase):
    FAILED = [(("10.0.1.1", 80, "tcp"), journey.SILENT)]

    def story(self, mine, theirs, suspected=None):
        return journey.story(self.FAILED, mine, theirs, "nginx1", "nginx0", suspected)

    def test_the_first_stage_that_was_not_reached(self):
        self.assertIn("on nginx1 before its NIC", self.story(counts(), counts()))
        self.assertIn("between the NICs of nginx1 and nginx0", self.story(counts("asked"), counts()))
        inside = self.story(counts("asked"), counts("in_nic"))
        self.assertEqual(inside, "10.0.1.1 (80/tcp): the journey ends on nginx0 between its NIC and the tunnel")
        self.assertIn("in the tunnel from nginx0", self.story(counts("asked"), counts("in_nic", "in_tunnel")))

    def test_one_of_several_questions(self):
        mine = dict(counts(), asked=4, arrived=3, served=3, answered=3)
        theirs = dict(counts(), in_nic=4, in_tunnel=3, out_tunnel=3, out_nic=3)
        self.assertIn("on nginx0 between its NIC and the tunnel", self.story(mine, theirs))

    def test_a_peer_that_does_not_tell(self):
        self.assertIn("ends on nginx0 or on the way to it", self.story(counts("asked"), None))
        self.assertIn("on nginx1 between the tunnel and the service", self.story(counts("asked", "arrived"), None))
        self.assertIn("not known", self.story(None, None))

    def test_a_peer_whose_counters_were_made_anew_does_not_tell(self):
        self.assertIn("on nginx1 between the tunnel and the service", self.story(counts("asked", "arrived"), counts()))

    def test_own_counters_that_were_made_anew_do_not_tell(self):
        self.assertIn("not known", self.story(counts(), counts("in_nic", "in_tunnel")))
        self.assertEqual(journey.made_anew(counts(), counts("in_nic", "in_tunnel")), {"me"})
        self.assertEqual(journey.made_anew(counts("asked", "arrived"), counts()), {"peer"})
        self.assertEqual(journey.made_anew(counts("asked"), counts("in_nic")), set())

    def test_a_refusal_is_the_services(self):
        failed = [(("10.0.1.1", 80, "tcp"), journey.REFUSED)]
        whole = counts(*journey.COUNTERS)
        text = journey.story(failed, whole, whole, "nginx1", "nginx0")
        self.assertEqual(text, "the service on nginx1 refuses 10.0.1.1 (80/tcp)")
        # a filter on the way refuses too
        text = journey.story(failed, counts("asked"), counts("in_nic"), "nginx1", "nginx0")
        self.assertIn("on nginx0 between its NIC and the tunnel", text)

    def test_rules_of_others_explain(self):
        hints = {"nginx0": {"forward": ["chain ip filter FORWARD drops by default"], "input": ["no"]}, "nginx1": {"forward": ["no"]}}
        text = self.story(counts("asked"), counts("in_nic"), hints)
        self.assertTrue(text.endswith("the tunnel (chain ip filter FORWARD drops by default)"), text)

    def test_counters_that_were_made_anew_tell_nothing(self):
        self.assertIsNone(journey.difference(dict(counts(), asked=5), counts()))
        self.assertIsNone(journey.difference(None, counts()))
        self.assertEqual(journey.difference(counts(), counts("asked")), counts("asked"))


def chain(name, hook=None, policy="accept", kind="filter", table="filter"):
    base = {"hook": hook, "policy": policy, "type": kind, "prio": 0} if hook else {}
    return {"chain": {"family": "ip", "table": table, "name": name, **base}}


def rule(name, *steps, table="filter"):
    return {"rule": {"family": "ip", "table": table, "chain": name, "expr": list(steps)}}


def match(protocol, field, right):
    return {"match": {"op": "==", "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


class Suspects(unittest.TestCase):
    def found(self, *entries):
        return suspects.suspects({"nftables": [{"metainfo": {}}, *entries]})

    def test_a_policy_and_a_rule_behind_a_jump(self):
        jump = rule("FORWARD", {"jump": {"target": "theirs"}})
        found = self.found(
            chain("FORWARD", "forward", "drop"), chain("theirs"), jump, rule("theirs", {"reject": None}), rule("other", {"drop": None})
        )
        self.assertEqual(
            found["forward"],
            ["chain ip filter FORWARD drops by default", "chain ip filter theirs has a rule that rejects"],
        )

    def test_but_not_the_pairs_own(self):
        self.assertEqual(self.found(chain("forward", "forward", "drop", table="failover-pair")), {})

    def test_rules_in_a_circle_end(self):
        loop = [rule("a", {"jump": {"target": "b"}}), rule("b", {"goto": {"target": "a"}})]
        self.assertEqual(self.found(chain("a", "forward"), chain("b"), *loop), {})


class Published(unittest.TestCase):
    ADDRESSES = ["10.0.1.1", "10.0.1.2"]
    DNAT = {"dnat": {"addr": "172.17.0.2", "port": 80}}

    def ports(self, *rules, hook="prerouting"):
        base = chain("P", hook, kind="nat", table="nat")
        return suspects.published({"nftables": [base, *rules]}, self.ADDRESSES)

    def test_ports_of_the_pairs_addresses(self):
        for right, expected in (
            ("10.0.1.1", ["8080/tcp"]),
            ({"prefix": {"addr": "10.0.0.0", "len": 8}}, ["8080/tcp"]),
            ({"set": ["10.0.1.2", "10.9.9.9"]}, ["8080/tcp"]),
            ("10.0.1.99", []),
        ):
            ports = self.ports(rule("P", match("ip", "daddr", right), match("tcp", "dport", 8080), self.DNAT, table="nat"))
            self.assertEqual(ports, expected, right)

    def test_docker_by_a_chain_of_its_own_and_iptables_targets(self):
        rules = [
            rule("P", {"jump": {"target": "DOCKER"}}, table="nat"),
            rule("DOCKER", match("tcp", "dport", {"set": [80, 443]}), {"xt": {"type": "target", "name": "DNAT"}}, table="nat"),
            rule("DOCKER", match("udp", "dport", 53), {"xt": None}, table="nat"),
            rule("DOCKER", match("tcp", "dport", 9), {"return": None}, table="nat"),
        ]
        self.assertEqual(self.ports(*rules), ["443/tcp", "53/udp", "80/tcp"])

    def test_not_what_this_node_sends_itself(self):
        self.assertEqual(self.ports(rule("P", match("tcp", "dport", 80), self.DNAT, table="nat"), hook="output"), [])


if __name__ == "__main__":
    unittest.main()
