"""Files that others write, or an older or a newer version: a default and one line in the journal, whatever is in them."""

import contextlib
import io
import json
import os
import re
import random
import struct
import subprocess
import tempfile
import time
import types
import unittest
from unittest import mock

import mutations
import socket
import programs  # noqa: F401
from failover_pair import sockets as socket_lists
from failover_pair import account as accounts
from failover_pair import farewell
from failover_pair import nic_care
from failover_pair import wait_address
from failover_pair import kernel
from failover_pair.bridge import service as bridge
from failover_pair.bridge import tunnel
from failover_pair import carrying, journal, journey, readers, shapes
from failover_pair.bridge_client import BridgeClient
from failover_pair.checks import refused_checks
from failover_pair.config import Config, ConfigError
from failover_pair.health import lasts, peer_state
from failover_pair.netlink import RTM_NEWADDR, parse_addresses
from failover_pair.runfiles import write_flag
from failover_pair.saved import saved_state
from failover_pair.status import alone, journey_known
from failover_pair.hearing import parse_told, stays_master
from failover_pair.timing import Timing
from failover_pair.verdict import journey_text, when
from failover_pair.vrrp import advert_interval


STATE = {
    "pid": 7, "at": 1700000000.5, "master": True, "confirmed": True, "confirmedAt": 12.5, "mandate": False, "promotedAt": 0.25,
    "peerKnown": True, "wakeups": 7, "yields": None, "hearsVrrp": True, "settledBy": "vrrp", "carriedBy": "nginx1", "followsIn": 2.5,
    "peer": {"state": "BACKUP", "master": False, "yields": False, "journey": {"ok": True, "where": None, "at": 1.0}, "account": {"for": "1-2"}},
    "vrrp": "MASTER", "since": 1700000000.0, "vips": ["10.0.1.1", "10.0.1.4"], "requestsLeft": 3000, "requestsLimit": 3600,
    "lastClaim": {"at": 1.0, "from": "nginx1", "seconds": 1.2, "requests": 9, "failedTries": 0, "steps": {"read": 0.1, "clear": 0.8}},
    "lastError": {"at": 1.0, "cause": "locked", "text": "server nginx1 is locked", "over": True},
    "journey": {"ok": False, "where": "on the way", "at": 1.0}, "notCarried": {"ok": False, "where": "x", "at": 1.0}, "ports": ["80/tcp"],
    "tokenValid": True, "timing": {"accepted": [0.8], "refused": [0.7], "assigned": [0.85]}, "addresses": [[2, "127.0.0.1"], [10, "::1"]],
}
CONFIG = {
    "pair": "web", "node": "nginx0", "serverId": 42, "networkId": 7, "address": "10.0.1.2", "peerAddress": "10.0.1.3", "vips": ["10.0.1.1"],
    "endpoint": "https://api.example/v1", "proxy": "http://p:3128", "metadata": "http://m/x", "service": "a.service", "verifySeconds": 30,
    "bridge": {"follow": "afterGrace", "graceSeconds": 30, "interval": 0.2}, "ports": ["80/tcp"], "caFile": None,
}
ANSWER = {"counters": dict.fromkeys(journey.COUNTERS, 7), "suspects": {"forward": ["chain ip filter FORWARD drops"]}, "published": ["8080/tcp"]}
LINKS = [{}, {"ifname": "ens10", "flags": ["UP"], "mtu": 1450, "address": "86:00:00:00:00:01", "addr_info": [{"local": "10.0.1.2"}]}]


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.random = folder.name, random.Random(5)
        readers.complained.clear()
        self.said = io.StringIO()
        redirected = contextlib.redirect_stderr(self.said)
        redirected.__enter__()
        self.addCleanup(redirected.__exit__, None, None, None)
        self.config = types.SimpleNamespace(run=self.path)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else json.dumps(data).encode())

    def lines(self):
        lines = self.said.getvalue().splitlines()
        self.said.truncate(self.said.seek(0))
        for line in lines:
            self.assertTrue(line.startswith("<4>") and line.isprintable() and len(line) < 2100, line)
        return lines


class Kinds(WithFolder):
    """What is not a plain, small file of text counts as a missing file, at once."""

    def others(self):
        yield "a folder", lambda path: os.mkdir(path)
        yield "a FIFO", lambda path: os.mkfifo(path)
        yield "a link", lambda path: os.symlink("/etc/passwd", path)
        yield "a link to nothing", lambda path: os.symlink("/nonexistent", path)
        yield "a device", lambda path: os.symlink("/dev/zero", path)
        yield "huge", lambda path: self.write(path, b"1" * (2 << 20))
        yield "binary", lambda path: self.write(path, bytes(range(256)))
        yield "NUL", lambda path: self.write(path, b"\0" * 100)

    def test_of_files(self):
        for what, make in self.others():
            for reader, default in (
                (readers.read_flag, None),
                (readers.read_json, {}),
                (readers.read_text, None),
                (lambda path: saved_state(types.SimpleNamespace(run=lambda _: path))["master"], None),
            ):
                with self.subTest(what, reader=reader):
                    path = self.path("file-%d" % len(os.listdir(self.folder)))
                    make(path)
                    began = time.monotonic()
                    for _ in range(3):
                        self.assertEqual(reader(path), default)
                    self.assertLess(time.monotonic() - began, 1)
                    self.assertEqual(len(self.lines()), 1, "said once")

    def test_a_flag_is_not_written_into_them(self):
        for what, make in self.others():
            if what not in ("huge", "binary", "NUL"):
                path = self.path("flag-%d" % len(os.listdir(self.folder)))
                make(path)
                began = time.monotonic()
                with self.subTest(what), self.assertRaises(OSError):
                    write_flag(path, 1)
                self.assertLess(time.monotonic() - began, 1)

    def test_a_file_that_is_not_there_is_nothing_to_tell(self):
        self.assertIsNone(readers.read_text(self.path("none")))
        self.assertEqual(self.lines(), [])

    def test_a_problem_is_told_again_when_it_is_another_one_or_comes_back(self):
        for data, count in ((b"{", 1), (b"[]", 1), (b"{}", 0), (b"{", 1), (b"{", 0)):
            self.write("a.json", data)
            for _ in range(2):
                readers.read_json(self.path("a.json"))
            self.assertEqual(len(self.lines()), count, data)
        for data, count in (({"ready": 5}, 1), ({"ready": True}, 0), ({"ready": "x"}, 1)):
            self.write("b.json", data)
            for _ in range(2):
                readers.read_fields(self.path("b.json"), readers.BRIDGE)
            self.assertEqual(len(self.lines()), count, data)


class State(WithFolder):
    def saved(self, data):
        self.write("agent.json", data)
        return saved_state(self.config)

    def test_a_good_one_is_taken_whole(self):
        found = self.saved(STATE)
        self.assertEqual(self.lines(), [])
        for name, value in STATE.items():
            if name in found and name not in ("peer", "addresses"):
                self.assertEqual(found[name], value, name)
        self.assertEqual(found["addresses"], [(2, "127.0.0.1"), (10, "::1")])
        self.assertEqual(found["peer"]["state"], "BACKUP")
        self.assertIn("mandate", found)

    def test_what_an_agent_writes_it_reads_again(self):
        source = programs.source()["failover_pair/publishing.py"]
        written = source[source.index("def agent_json") :]
        for name in readers.SAVED:
            self.assertIn('"%s": ' % name, written)

    def test_what_an_agent_looks_for_is_read(self):
        names = set(re.findall(r'saved(?:\.get\(|\[)"(\w+)"', "".join(programs.source().values())))
        self.assertIn("otherVersion", names)
        self.assertEqual(names - set(readers.SAVED) - {"accepted", "refused", "assigned"}, set())  # those are the timing's

    def test_what_the_peer_says_is_read_again(self):
        said = parse_told(b'{"v": 1, "sent": 1.5, "state": "BACKUP", "journey": {"ok": false, "where": "no answer"}}')
        found = self.saved({"peer": said[1]._asdict()})["peer"]
        self.assertEqual((found["state"], found["journey"]), ("BACKUP", {"ok": False, "where": "no answer"}))
        self.assertEqual(self.lines(), [])

    def test_an_older_and_a_newer_version(self):
        self.assertIsNone(self.saved({"master": True})["mandate"])
        self.assertTrue(self.saved({"master": True, "quantum": {"a": []}})["master"])
        self.assertEqual(self.lines(), [])

    def test_one_odd_field_costs_only_itself(self):
        found = self.saved({**STATE, "timing": 5, "lastError": "locked", "addresses": [["x"]], "since": "yesterday"})
        self.assertEqual([found[name] for name in ("timing", "lastError", "addresses", "since")], [None] * 4)
        self.assertEqual(found["vips"], STATE["vips"])
        line, = self.lines()
        for name in ("timing", "lastError", "addresses", "since"):
            self.assertIn("%s is " % name, line)

    def test_a_promotion_of_another_boot(self):
        self.assertIsNone(self.saved({"promotedAt": time.monotonic() + 1e6})["promotedAt"])

    def test_thousands_that_were_made_odd(self):
        """Whatever is in it, everything that is done with it works."""
        for number in range(1500):
            data = mutations.text(STATE, self.random)
            with self.subTest(number=number, data=data[:600]):
                saved = self.saved(data)
                self.lines()
                self.used(saved)

    def used(self, saved):
        Timing(saved["timing"]).first_assign()
        Timing(saved["timing"]).first_look()
        for family, address in saved["addresses"] or []:
            socket.inet_pton(family, address)
        for vip in saved["vips"] or []:
            self.assertEqual(vip, shapes.ipv4(vip))
        for master in (True, False):
            found = journey_known(saved, master)
            if found:
                journey_text(found).encode("ascii")
        alone(saved)
        peer_state(saved)
        lasts(saved["since"], 5.0, 5.0)
        for stamp in (saved["since"], saved["at"], (saved["lastClaim"] or {}).get("at"), (saved["lastError"] or {}).get("at")):
            when(stamp)
        if saved["lastClaim"]:
            ["%s %d ms" % (name, spent * 1000) for name, spent in saved["lastClaim"]["steps"].items()]
        if saved["lastError"]:
            self.assertTrue(saved["lastError"]["text"].isprintable())
        self.assertTrue(saved["promotedAt"] is None or 0 <= saved["promotedAt"] <= time.monotonic())


class OtherFiles(WithFolder):
    def test_config(self):
        """Taken, or refused with one sentence."""
        taken = 0
        for number in range(1500):
            data = mutations.text(CONFIG, self.random)
            with self.subTest(number=number, data=data[:600]):
                self.write("config.json", data)
                try:
                    config = Config(self.path("config.json"))
                except ConfigError as error:
                    self.assertLess(len(journal.safe(error)), 2001)
                    continue
                taken += 1
                self.assertTrue(callable(config.run) and callable(config.ours))
                BridgeClient(config)
                self.assertEqual(config.what, ", ".join(config.vips))
        self.assertGreater(taken, 200)

    def test_a_newer_configuration_does_not_replace_what_the_program_does(self):
        self.write("config.json", {**CONFIG, "run": "x", "ours": 5, "complete": None})
        self.assertTrue(callable(Config(self.path("config.json")).run))

    def test_the_bridges_and_keepalived_s(self):
        kinds = {"bridge.json": (readers.BRIDGE, {"ready": True, "problem": "no"}), "tracking.json": (readers.TRACKING, {"watched": True, "refused": {"a": "b"}})}
        for name, (kind, good) in kinds.items():
            for number in range(500):
                self.write(name, mutations.text(good, self.random))
                with self.subTest(name, number=number):
                    found = readers.read_fields(self.path(name), kind)
                    self.assertEqual(set(found), set(kind))
                    {**(found.get("refused") or {})}

    def test_keepalived_conf(self):
        good = 'vrrp_script a {\n    script "/bin/true"\n    timeout 2\n}\n    advert_int 0.5\n    virtual_router_id 7\n    10.0.1.1/32 dev ens10\n'
        self.config.keepalivedConf = self.path("keepalived.conf")
        for number in range(1500):
            data = mutations.spoilt(good.encode(), self.random)
            with self.subTest(number=number, data=data):
                self.write("keepalived.conf", data)
                self.assertLess(advert_interval(self.config), 1000)
                refused_checks(self.config)
                with contextlib.suppress(shapes.Odd, OSError, farewell.struct.error, IndexError):
                    farewell.advert(data.decode("latin-1"), "10.0.1.2", "10.0.1.3")
                wait_address.named(data.decode("latin-1"), "ens11")

    def test_the_configuration_of_the_programs_around(self):
        self.write("config.json", b"[" * 5000)
        for program in (farewell, wait_address, nic_care, bridge):
            self.addCleanup(setattr, program, "CONFIG", program.CONFIG)
            program.CONFIG = self.path("config.json")
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(wait_address.main([]), 1)
            self.assertEqual(bridge.main(["run"]), 1)
            self.assertEqual(nic_care.main([]), 1)
            self.assertEqual(farewell.main([]), 1)
        self.assertEqual(said.getvalue().count("not JSON"), 4)


class Messages(WithFolder):
    """Of the bridge, the peer, the kernel and its tools."""

    def test_of_the_bridge(self):
        taken = 0
        for number in range(1500):
            data = mutations.text(ANSWER, self.random)
            with self.subTest(number=number, data=data[:300]):
                try:
                    published, account = accounts.answer_of_bridge(data)
                except shapes.Odd:
                    continue
                taken += 1
                self.assertTrue(all(map(journey.parse_port, published)))
                found = accounts.checked_account({**account, "for": "1", "suspects": accounts.shortened(account["suspects"])})
                self.assertTrue(found is None or set(found["counters"]) == set(journey.COUNTERS))
        self.assertGreater(taken, 300)

    def test_of_the_peer(self):
        told = {
            "v": 1, "sent": 5.5, "state": "BACKUP", "master": False, "promotedAgo": 3.5, "journey": {"ok": True, "where": None, "at": 1.0},
            "node": "nginx1", "asks": "1-2", "account": {"for": "1", "counters": ANSWER["counters"], "suspects": {}},
        }
        for number in range(1500):
            data = mutations.text(told, self.random)
            with self.subTest(number=number, data=data[:300]):
                found = parse_told(data)
                if found:
                    accounts.checked_account(found[1].account)
                    stays_master(1.0, found[1], True)

    def test_of_ip(self):
        for number in range(1500):
            data = mutations.text(LINKS, self.random)
            with self.subTest(number=number, data=data[:300]):
                for link in nic_care.links_in(data):
                    nic_care.has_address("10.0.1.2", link)
                    nic_care.by_hand(link, {"ip": "10.0.1.2", "gateway": "10.0.0.1"})
                with contextlib.suppress(shapes.Odd):
                    wait_address.interface_of("10.0.1.2", shapes.output(data))

    def test_of_netlink(self):
        good = struct.pack("=IHHIIBBBBIHH4s", 16 + 16, RTM_NEWADDR, 2, 1, 0, 2, 32, 0, 0, 2, 8, 2, bytes([10, 0, 1, 2]))
        self.assertEqual(parse_addresses(good), ([(2, "10.0.1.2")], False))
        for _ in range(1500):
            data = mutations.spoilt(good * 2, self.random)
            for parse in (parse_addresses, lambda data: socket_lists.parse_sockets(data, socket.AF_INET)):
                with contextlib.suppress(OSError):
                    parse(data)

    def test_metadata_becomes_no_option_of_ip(self):
        text = "- ip: 10.0.1.2\n  gateway: -batch\n  network: 10.0.0.0/16\n- ip: -x\n- ip: 10.0.1.2\n  network: 10.0.0.0/99\n"
        self.assertEqual(nic_care.parse_networks(text), [{"ip": "10.0.1.2", "network": "10.0.0.0/16"}, {}, {"ip": "10.0.1.2"}])


class Tools(unittest.TestCase):
    """The bridge's service: `ip` and `nft` print what no version of theirs did so far."""

    def test_a_look(self):
        chance, good = random.Random(3), [{"ifname": "ens10", "mtu": 1450, "flags": ["UP"], "addr_info": [{"local": "10.0.1.2"}], "priority": 24700}]
        problems = set()
        for number in range(500):
            said = []
            one = bridge.Bridge({**CONFIG, "runDir": "/nonexistent"})
            one.readiness.tell = said.append
            printed = mutations.text(good, chance).decode("utf-8", "replace")
            with self.subTest(number=number, printed=printed[:300]), printing(printed):
                one.look()
            self.assertEqual(len(said), 1)
            problems.add(str(said[0]).split(":")[0].split(" has ")[0])
        self.assertIn("tc", problems, "no text gets as far as the tunnel's gate")


@contextlib.contextmanager
def printing(text):
    """Every program prints this text, and the kernel's switches stay as they are."""
    done = types.SimpleNamespace(returncode=0, stdout=text, stderr="")
    programs = types.SimpleNamespace(run=lambda *_, **__: done, PIPE=-1, SubprocessError=subprocess.SubprocessError)
    with contextlib.ExitStack() as stack:
        for module, name, value in (
            (kernel, "subprocess", programs),
            (bridge, "set_kernel", lambda *_: None),
            (tunnel, "read_file", lambda _: None),
        ):
            stack.enter_context(mock.patch.object(module, name, value))
        yield


if __name__ == "__main__":
    unittest.main()
