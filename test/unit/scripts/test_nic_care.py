"""nic-care: what it does for a NIC that is late, down or without its address, with programs that only write down."""

import contextlib
import io
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import nic_care


METADATA = """- ip: 10.0.9.9
  alias_ips: []
  interface_num: 1
  mac_address: 86:00:00:00:00:09
  network: 10.9.0.0/16
  gateway: 10.9.0.1
- ip: 10.0.1.2
  alias_ips:
  - 10.0.1.1
  interface_num: 2
  mac_address: 86:00:00:2A:7D:E0
  network_id: 1234
  network_name: "nw-test: 1"
  network: 10.0.0.0/16
  subnet: 10.0.1.0/24
  gateway: 10.0.0.1
"""
NIC = {"ifname": "ens11", "address": "86:00:00:2a:7d:e0", "flags": ["UP"], "mtu": 1500, "addr_info": []}
OTHER = {"ifname": "eth0", "address": "96:00:00:00:00:01", "flags": ["UP"], "mtu": 1500, "addr_info": [{"local": "1.2.3.4"}]}
BY_HAND = [
    "ip link set dev ens11 mtu 1450",
    "ip address replace 10.0.1.2/32 dev ens11",
    "ip route replace 10.0.0.1/32 dev ens11 scope link",
    "ip route replace 10.0.0.0/16 via 10.0.0.1 dev ens11",
]


class Care(unittest.TestCase):
    def setUp(self):
        self.ran, self.there, self.metadata, self.keepalived = [], [], METADATA, False
        self.care = nic_care.Care("10.0.1.2", "http://metadata")
        networks = lambda _: None if self.metadata is None else nic_care.parse_networks(self.metadata)
        for name, value in (("run", self.run_program), ("metadata", networks)):
            patcher = mock.patch.object(nic_care, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)

    def run_program(self, *words):
        line = " ".join(words)
        if line == "systemctl is-active --quiet keepalived.service":
            return (0, "") if self.keepalived else (3, "")
        asks = ("systemctl is-active", "systemctl cat", "ifquery", "dhclient --version")
        if line.startswith(asks):
            return (0, "") if any(line.startswith(there) for there in self.there) else (1, "")
        self.ran.append(line)
        return 0, ""

    def after(self, seconds, *links):
        """What is run until then, looked at twice a second, and what is said."""
        del self.ran[:]
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            for half in range(int(seconds * 2) + 1):
                self.care.look(half / 2, list(links))
        return self.ran, said.getvalue()

    def test_the_image_is_given_time(self):
        self.assertEqual(self.after(2.5, OTHER, NIC), ([], ""))

    def test_each_image_is_asked_in_its_own_words_and_once(self):
        for there, asked in (
            ("systemctl is-active", "networkctl reconfigure ens11"),
            ("systemctl cat", "systemctl restart hc-net-ifup@ens11.service"),
            ("ifquery", "ifup --force ens11"),
            ("dhclient", "dhclient -1 -nw ens11"),
        ):
            self.setUp()
            self.there = [there]
            self.assertEqual(self.after(10, OTHER, NIC)[0], [asked])
            self.assertEqual(self.after(11.5, OTHER, NIC)[0][:4], BY_HAND)

    def test_by_the_metadata_where_the_image_has_nothing(self):
        ran, said = self.after(4, OTHER, NIC)
        self.assertEqual(ran, BY_HAND)
        self.assertIn("ens11 has lost 10.0.1.2 or its route", said)

    def test_one_that_is_down_is_set_up_first(self):
        self.assertEqual(self.after(5, OTHER, {**NIC, "flags": []})[0], ["ip link set dev ens11 up"])

    def test_nothing_is_done_to_another_nic(self):
        for metadata, links, words in (
            (METADATA, [OTHER], "is not there yet"),
            (METADATA.replace("10.0.1.2", "10.0.1.77"), [OTHER, NIC], "the cloud has no NIC with 10.0.1.2 at this server"),
            ("[]\n", [OTHER, NIC], "the cloud has no NIC"),
            (None, [OTHER, NIC], "the metadata service does not tell"),
        ):
            self.setUp()
            self.metadata = metadata
            ran, said = self.after(60, *links)
            self.assertEqual(ran, [])
            self.assertIn(words, said)
            self.assertEqual(said.count("\n"), 1, "said once")

    def test_keepalived_starts_anew_once_if_it_runs_without_the_address(self):
        self.keepalived = True
        restart = "systemctl --no-block restart keepalived.service"
        self.assertEqual(self.after(20, OTHER)[0], [restart])
        self.setUp()
        self.keepalived = True
        self.assertEqual(self.after(4, OTHER, {**NIC, "addr_info": [{"local": "10.0.1.2"}]})[0], BY_HAND)

    def test_it_comes_late(self):
        self.after(40, OTHER)
        self.care.due = 3.0
        self.assertEqual(self.after(4, OTHER, NIC)[0], BY_HAND)


class Routes(unittest.TestCase):
    def test_to_the_peer_by_this_nic(self):
        for said, found in (('[{"dst": "10.0.1.3", "dev": "ens11"}]', True), ('[{"dev": "eth0"}]', False), ("", False), ("[]", False)):
            with mock.patch.object(nic_care, "run", lambda *_, said=said: (0, said)):
                self.assertEqual(nic_care.has_route("10.0.1.3", NIC), found)


class Metadata(unittest.TestCase):
    def test_both_styles_of_lists(self):
        networks = nic_care.parse_networks(METADATA)
        self.assertEqual([one["ip"] for one in networks], ["10.0.9.9", "10.0.1.2"])
        self.assertEqual(networks[1]["mac_address"], "86:00:00:2A:7D:E0")
        self.assertEqual((networks[1]["network"], networks[1]["gateway"]), ("10.0.0.0/16", "10.0.0.1"))
        self.assertEqual(nic_care.parse_networks("[]\n"), [])
        self.assertEqual(nic_care.parse_networks("not found\n"), [])

    def test_nobody_answers(self):
        self.assertIsNone(nic_care.metadata("http://127.0.0.1:1"))


class Links(unittest.TestCase):
    def test_down_is_not_there(self):
        mine = {**NIC, "addr_info": [{"local": "10.0.1.2"}]}
        self.assertTrue(nic_care.has_address("10.0.1.2", mine))
        self.assertFalse(nic_care.has_address("10.0.1.2", {**mine, "flags": []}))
        self.assertFalse(nic_care.has_address("10.0.1.2", NIC))


if __name__ == "__main__":
    unittest.main()
