"""The small programs' own main functions: their words, their configuration, their exit codes."""

import importlib
import io
import json
import os
import socket
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import hear, main, nic_care, wait_address, wire
from failover_pair.config import ConfigError
from failover_pair.setup import main as setup_main
from failover_pair.setup.node import Failed
from node import OWN_ADDRESS, PEER_ADDRESS, OnANode
from test_hear import packet


class AliasSwitch(OnANode):
    def setUp(self):
        super().setUp()
        self.config()

    def run_it(self, *words):
        return self.said(main.main, ["--config", os.path.join(self.folder, "etc/config.json"), *words])

    def test_a_command_gets_the_configuration_and_its_options(self):
        given = []
        with mock.patch("failover_pair.commands.drain", lambda *found: given.append(found) or 7):
            code, _, _ = self.run_it("drain", "--keep-after-reboot")
        (config, options), = given
        self.assertEqual((code, config.address, options.keep_after_reboot), (7, OWN_ADDRESS, True))

    def test_every_command_has_its_function(self):
        for name, (function, _, _) in main.COMMANDS.items():
            module, _, attribute = function.rpartition(".")
            self.assertTrue(callable(getattr(importlib.import_module("failover_pair." + module), attribute)), name)

    def test_a_problem_of_the_machine_is_told_in_one_line(self):
        for error in (ConfigError("x\ny"), OSError("x\ny")):
            with mock.patch("failover_pair.commands.drain", mock.Mock(side_effect=error)):
                self.assertEqual(self.run_it("drain"), (3, "", "alias-switch: x\\x0ay\n"))

    def test_a_missing_configuration(self):
        code, _, errors = self.said(main.main, ["--config", "/nonexistent", "status"])
        self.assertEqual(code, 3)
        self.assertIn("/nonexistent", errors)

    def test_only_the_command_that_runs_is_set_up(self):
        for first, others in (("drain", False), (None, True)):
            with self.assertRaises(SystemExit):
                self.said(main.arguments(first).parse_args, ["claim", "--timeout", "no"])
            parse = lambda: main.arguments(first).parse_args(["undrain"])
            if others:
                self.assertEqual(parse().command, "undrain")
            else:
                with self.assertRaises(SystemExit):
                    self.said(parse)


class Hears(OnANode):
    """`hear`, whose two sockets take root: here they are lists of packets."""

    def setUp(self):
        super().setUp()
        mine, peer = OWN_ADDRESS, PEER_ADDRESS
        self.wire = [(packet(mine, peer), hear.PACKET_OUTGOING), (packet(peer, mine), 0), (packet(peer, mine), 0)]
        self.inner = [packet(peer, mine), packet("10.0.0.9", mine)]
        opened = lambda family, *_: Packets(self.wire if family == 17 else [(one, 0) for one in self.inner])
        names = {name: getattr(socket, name) for name in ("AF_INET", "SOCK_DGRAM", "SOCK_RAW", "inet_aton", "htons")}
        self.patch(hear, "socket", types.SimpleNamespace(AF_PACKET=17, socket=opened, **names))
        self.patch(hear, "select", types.SimpleNamespace(select=self.select))
        self.patch(hear, "time", types.SimpleNamespace(monotonic=lambda: self.time))

    def select(self, readers, _writers, _errors, seconds):
        ready = [one for one in readers if one.left]
        self.time += 0 if ready else seconds
        return ready, [], []

    def test_it_counts_for_as_long_as_it_is_told(self):
        path = self.config().path
        code, out, _ = self.said(hear.main, ["2.5", path])
        expected = {"sent": 1, "sentBad": 0, "arrived": 2, "arrivedBad": 0, "delivered": 1}
        self.assertEqual((code, json.loads(out)), (0, expected))
        self.assertEqual(self.time, 1002.5)

    def test_without_words_it_hears_three_adverts_of_the_slowest_timing(self):
        self.patch(hear, "CONFIG", self.config().path)
        self.said(hear.main, [])
        self.assertEqual(self.time, 1000 + hear.LISTEN)


class Packets:
    def __init__(self, left):
        self.left = list(left)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def recvfrom(self, _most):
        data, kind = self.left.pop(0)
        return data, ("ens10", 0x800, kind)


class NodeSetup(unittest.TestCase):
    def run_it(self, *words, stdin=""):
        done, errors = [], io.StringIO()
        names = ("install", "agent", "configure", "token", "join")
        commands = {name: lambda *given, name=name: done.append((name, *given)) or self.fails() for name in names}
        with mock.patch.object(setup_main, "Setup", lambda: types.SimpleNamespace(**commands)):
            with mock.patch("sys.stdin", io.StringIO(stdin)), mock.patch("sys.stderr", errors):
                umask = os.umask(0o077)
                try:
                    code = setup_main.main(list(words))
                finally:
                    os.umask(umask)
        return code, done, errors.getvalue()

    @staticmethod
    def fails():
        pass

    def test_each_command_gets_its_input(self):
        for name in ("install", "agent", "configure"):
            self.assertEqual(self.run_it(name, stdin='{"a": 1}'), (0, [(name, {"a": 1})], ""))
        self.assertEqual(self.run_it("token", stdin="t t\n"), (0, [("token", "t t\n")], ""))
        self.assertEqual(self.run_it("join"), (0, [("join",)], ""))

    def test_wrong_words(self):
        for words in ((), ("remove",), ("join", "now")):
            code, done, errors = self.run_it(*words)
            self.assertEqual((code, done), (2, []))
            self.assertIn("node-setup COMMAND", errors)

    def test_a_failure_is_told_with_its_command(self):
        self.assertEqual(self.run_it("agent", stdin="{")[:2], (1, []))

        def fails():
            raise Failed("no space")

        self.fails = fails
        code, _, errors = self.run_it("join")
        self.assertEqual((code, errors), (1, "node-setup join: no space\n"))


class WaitAddress(OnANode):
    def setUp(self):
        super().setUp()
        self.names, self.ran, self.way = [None, None, "ens10"], [], "ens10"
        self.patch(wait_address, "named_by_ip", lambda _address: self.names.pop(0) if self.names else None)
        self.patch(wait_address, "put_in", lambda name: self.ran.append("named %s" % name))
        self.sleeps(wait_address)
        run = lambda words, **_: self.ran.append(" ".join(words)) or types.SimpleNamespace(
            stdout=json.dumps([{"dev": self.way}]).encode()
        )
        names = {name: getattr(wait_address.subprocess, name) for name in ("PIPE", "DEVNULL", "SubprocessError")}
        self.patch(wait_address, "subprocess", types.SimpleNamespace(run=run, **names))
        self.patch(wait_address, "CONFIG", self.config().path)

    def test_the_nic_of_the_configuration_is_waited_for(self):
        code, out, _ = self.said(wait_address.main, [])
        self.assertEqual((code, out), (0, "ens10\n"))
        self.assertEqual(self.ran, ["named ens10", "ip -j route get " + PEER_ADDRESS])

    def test_a_nic_that_does_not_lead_to_the_peer_is_cared_for(self):
        self.way = "eth0"
        self.said(wait_address.main, [])
        self.assertEqual(self.ran[-1], " ".join(wait_address.CARE))

    def test_a_nic_that_does_not_come_is_cared_for_once(self):
        self.names = []
        code, out, errors = self.said(wait_address.main, ["10.0.1.2", "20"])
        self.assertEqual((code, out, self.ran), (1, "", [" ".join(wait_address.CARE)]))
        self.assertIn("no NIC has the address 10.0.1.2 yet", errors)
        self.assertAlmostEqual(self.time, 1020, delta=0.2)

    def test_an_address_that_is_given_needs_no_configuration(self):
        self.patch(wait_address, "CONFIG", "/nonexistent")
        self.assertEqual(self.said(wait_address.main, ["10.0.1.2"])[:2], (0, "ens10\n"))
        self.assertEqual(self.ran, [])
        code, _, errors = self.said(wait_address.main, [])
        self.assertEqual(code, 1)
        self.assertIn("/nonexistent", errors)


class NicCare(OnANode):
    def setUp(self):
        super().setUp()
        self.looked, self.links = [], []
        self.patch(nic_care, "links", lambda: self.links)
        self.patch(nic_care, "has_route", lambda _peer, _link: True)
        look = lambda _care, seconds, links: self.looked.append(seconds)
        self.patch(nic_care.Care, "look", look)
        self.sleeps(nic_care)
        self.addCleanup(os.umask, os.umask(0o022))

    def test_it_ends_when_the_nic_has_its_address_and_its_route(self):
        def comes(seconds):
            self.time += seconds
            if self.time >= 1002:
                self.links = [{"ifname": "ens10", "flags": ["UP"], "addr_info": [{"local": OWN_ADDRESS, "family": "inet"}]}]

        nic_care.time.sleep = comes
        self.assertEqual(self.said(nic_care.main, [self.config(metadata="http://127.0.0.1").path])[0], 0)
        self.assertEqual(self.looked, [0, 0.5, 1.0, 1.5])

    def test_a_wrong_configuration_is_told(self):
        code, _, errors = self.said(nic_care.main, ["/nonexistent"])
        self.assertEqual(code, 1)
        self.assertIn("<3>/nonexistent", errors)

    def test_a_program_that_is_missing_or_has_no_end(self):
        patch = lambda error: mock.patch.object(nic_care.subprocess, "run", mock.Mock(side_effect=error))
        with patch(FileNotFoundError()):
            self.assertEqual(nic_care.run("dhcpcd", "-n"), (127, "dhcpcd: not found"))
        with patch(nic_care.subprocess.TimeoutExpired("dhcpcd", 10)):
            self.assertEqual(nic_care.run("dhcpcd"), (124, "dhcpcd: no end after 10 s"))
        done = types.SimpleNamespace(returncode=3, stdout=b" word\xff \n")
        with mock.patch.object(nic_care.subprocess, "run", lambda *_, **__: done):
            self.assertEqual(nic_care.run("ip"), (3, "word\ufffd"))

    def test_the_metadata_service_may_be_silent(self):
        for answer, found in ((b"- ip: 10.0.1.2\n", [{"ip": "10.0.1.2"}]), (None, None), (OSError("no"), None)):
            given = {"side_effect": answer} if isinstance(answer, OSError) else {"return_value": answer}
            with mock.patch.object(wire, "get", mock.Mock(**given)):
                self.assertEqual(nic_care.metadata("http://127.0.0.1"), found)


if __name__ == "__main__":
    unittest.main()
