"""The bridge's service on a fake kernel: what it makes, what it mends, what it takes away, and what it waits for."""

import json
import os
import socket
import unittest

import programs  # noqa: F401
from failover_pair.bridge import rules, service, tunnel
from failover_pair.bridge.routing import NIC_ROUTES, ROUTES
from failover_pair.guard import rules as guard_rules
from fake_kernel import LINKS, NFT, OWN, OnAFakeKernel, PEER, SWITCHES, VIP


class WithABridge(OnAFakeKernel):
    def setUp(self):
        super().setUp()
        self.bridge = service.Bridge(self.settings)

    def look(self):
        """Its journal."""
        return self.said(self.bridge.look)[2]

    def ready(self):
        return json.loads(self.read("bridge/bridge.json"))

    def switch(self, name):
        return self.kernel.files.get(SWITCHES + "ipv4/" + name)


class Looks(WithABridge):
    def test_everything_is_made_and_a_second_look_changes_nothing(self):
        self.look()
        made = self.kernel
        self.assertEqual(set(made.tables), {rules.TABLE, guard_rules.TABLE})
        self.assertEqual((made.link["flags"], made.link["mtu"], made.ends), (["UP"], 1400, ["169.254.73.1"]))
        self.assertEqual(made.neighbours[0]["lladdr"], tunnel.mac(PEER))
        self.assertEqual(made.routes[str(ROUTES)], [{"dst": "default", "gateway": "169.254.73.2", "dev": "vip-tunnel"}])
        self.assertEqual(made.routes[str(NIC_ROUTES)][0]["gateway"], "10.0.0.1")
        self.assertEqual((self.switch("tcp_early_demux"), self.switch("conf/ens10/forwarding")), ("0", "1"))
        self.assertEqual((self.switch("conf/vip-tunnel/rp_filter"), made.files[tunnel.NO_IPV6]), ("2", "1"))
        self.assertEqual(self.ready(), {"ready": True, "problem": None})
        made.done.clear()
        self.assertEqual((self.look(), made.done), ("", []))

    def test_the_gate_is_there_before_the_tunnel_is_up(self):
        self.look()
        order = [next(i for i, one in enumerate(self.kernel.done) if words in one)
                 for words in ("nft -f", "link add", "filter add", "vip-tunnel up", "-batch")]
        self.assertEqual(order, sorted(order))

    def test_what_others_took_away_is_made_again(self):
        self.look()
        made = self.kernel
        for take, there in (
            (lambda: made.tables.pop(rules.TABLE), lambda: rules.TABLE in made.tables),
            (lambda: made.tables.pop(guard_rules.TABLE), lambda: guard_rules.TABLE in made.tables),
            (lambda: made.filters.clear(), lambda: len(made.filters) == 1 and made.link["flags"] == ["UP"]),
            (lambda: made.filters.append("filter bpf handle 0x2 pass\n"), lambda: len(made.filters) == 1),
            (lambda: made.link.update(flags=[]), lambda: made.link["flags"] == ["UP"]),
            (lambda: made.link.update(mtu=1500), lambda: made.link["mtu"] == 1400),
            (lambda: made.ends.clear(), lambda: made.ends),
            (lambda: made.neighbours.clear(), lambda: made.neighbours),
            (lambda: made.routes.clear(), lambda: len(made.routes) == 2),
            (lambda: made.rules.popitem(), lambda: len(made.rules) == rules_before),
        ):
            rules_before = len(made.rules)
            take()
            self.look()
            self.assertTrue(there())

    def test_a_route_over_another_nic_is_left_to_others(self):
        self.kernel.nic["ifname"] = "ens11"
        self.look()
        self.assertNotIn(str(NIC_ROUTES), self.kernel.routes)

    def test_a_node_that_routes_for_others_goes_on_with_it(self):
        self.look()
        before = len(self.kernel.rules)
        self.kernel.files[SWITCHES + "ipv4/ip_forward"] = "1"
        self.look()
        self.assertEqual(len(self.kernel.rules), before - 1)

    def test_without_a_nic_the_tunnel_is_shut(self):
        self.look()
        self.kernel.nic = None
        self.assertIn("<4>packets are not carried: no NIC has %s" % OWN, self.look())
        self.assertEqual(self.kernel.link["flags"], [])
        self.assertIs(self.ready()["ready"], False)

    def test_without_its_table_the_tunnel_is_shut(self):
        self.look()
        self.kernel.tables.clear()
        self.kernel.broken = "nft -f"
        self.assertIn("nft -f -: nft -f no", self.look())
        self.assertEqual(self.kernel.link["flags"], [])
        self.kernel.broken = None
        self.assertIn("<6>ready again", self.look())
        self.assertEqual(self.kernel.link["flags"], ["UP"])

    def test_a_gate_of_another_shape_is_not_relied_upon(self):
        self.patch(tunnel, "gated", lambda: False)
        self.assertIn("tc has made another filter", self.look())
        self.assertEqual(self.kernel.link["flags"], [])

    def test_words_of_another_shape_end_nothing(self):
        self.kernel.nic = {"ifname": "ens10", "addr_info": [{"local": OWN}]}
        self.assertIn("another shape: KeyError 'mtu'", self.look())

    def test_the_answers_follow_the_holder(self):
        back = lambda: [one for one in self.kernel.rules.values() if one.get("src") == VIP]
        self.look()
        self.assertEqual(len(back()), 1)  # a BACKUP that was not told
        self.kernel.nic["addr_info"].append({"local": VIP})
        self.look()
        self.assertEqual(len(back()), 0)  # a MASTER that was not told
        self.bridge.holder = "peer"
        self.look()
        self.assertEqual(len(back()), 1)


class Removal(WithABridge):
    def main(self, *words):
        config = {**self.settings, "vips": [VIP]}
        self.patch(service, "CONFIG", self.write("etc/config.json", json.dumps(config)))
        return self.said(service.main, list(words))

    def test_no_trace_stays(self):
        self.kernel.files[SWITCHES + "ipv4/udp_early_demux"] = "0"
        self.look()
        self.assertEqual(self.main("remove")[0], 0)
        made = self.kernel
        self.assertEqual((made.link, made.rules, list(made.tables)), (None, {}, [guard_rules.TABLE]))
        self.assertNotIn(str(NIC_ROUTES), made.routes)
        self.assertEqual((self.switch("tcp_early_demux"), self.switch("udp_early_demux")), ("1", "0"))
        self.assertEqual(self.switch("conf/ens10/forwarding"), "0")
        self.assertEqual(os.listdir(os.path.join(self.folder, "bridge")), [])

    def test_an_older_bridges_switch_is_not_taken_for_others(self):
        self.look()
        os.unlink(self.bridge.path("demux.json"))
        self.look()
        self.assertEqual(self.read("bridge/demux.json"), "{}")
        self.main("remove")
        self.assertEqual(self.switch("tcp_early_demux"), "1")

    def test_what_cannot_be_removed_is_told(self):
        self.look()
        self.kernel.broken = "ip link delete"
        code, _, errors = self.main("remove")
        self.assertEqual((code, errors), (1, "bridge: ip link delete vip-tunnel: ip link delete no\n"))

    def test_wrong_words_and_a_wrong_file(self):
        code, _, errors = self.main("stop")
        self.assertEqual(code, 2)
        self.assertIn("`bridge run` is the service", errors)
        self.write("etc/config.json", "[]")
        self.patch(service, "CONFIG", os.path.join(self.folder, "etc/config.json"))
        self.assertEqual(self.said(service.main, ["run"])[0], 1)


class Serves(WithABridge):
    def setUp(self):
        super().setUp()
        self.looks = self.in_a_loop(service, self.bridge)

    def serves(self, *plan):
        self.follows(plan, self.bridge.serve)

    def agent_says(self, word):
        def happens(readers):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as agent:
                agent.sendto(word, self.bridge.path("bridge.sock"))
            return readers[2:]

        return happens

    def test_it_looks_once_a_minute(self):
        self.serves(self.nothing, self.nothing)
        self.assertEqual(self.looks, [1000, 1000 + service.PERIOD, 1000 + 2 * service.PERIOD])

    def test_a_problem_is_looked_at_again_soon(self):
        self.kernel.nic = None
        self.serves(self.nothing)
        self.assertEqual(self.looks, [1000, 1000 + service.AGAIN])

    def test_a_table_that_is_gone_is_looked_for_at_once_and_a_new_rule_of_others_is_not(self):
        self.serves(self.kernel_says(NFT, 0x0A06), self.kernel_says(NFT, 0x0A02), self.nothing)
        self.assertEqual(len(self.looks), 2)
        self.assertAlmostEqual(self.looks[1], 1000.2)

    def test_a_change_of_the_links_is_looked_at_after_the_burst(self):
        self.serves(self.kernel_says(LINKS, 16), self.kernel_says(LINKS, 16), self.nothing)
        self.assertEqual(self.looks, [1000, 1001])

    def test_the_agents_word_is_followed_at_once(self):
        self.serves(self.agent_says(b"self"))
        self.assertFalse([one for one in self.kernel.rules.values() if one.get("src") == VIP])
        self.assertEqual(self.looks, [1000])

    def test_an_odd_word_changes_nothing(self):
        self.serves(self.agent_says(b"nonsense"), self.agent_says(b"\xff\xfe"))
        self.assertIsNone(self.bridge.holder)

    def test_the_holders_file_counts_at_the_start(self):
        for text, holder in (("peer\n", "peer"), ("nonsense\n", None)):
            self.write("agent/holder", text)
            self.serves()
            self.assertEqual(self.bridge.holder, holder)

    def test_a_signal_ends_it_and_leaves_everything(self):
        self.look()
        with self.assertRaises(SystemExit) as ended:
            service.stop(15, None)
        self.assertEqual(ended.exception.code, 0)


if __name__ == "__main__":
    unittest.main()
