"""alias-switch: what it is made of, without a process, a cloud or a network."""

import ast
import contextlib
import importlib
import io
import json
import os
import re
import socket
import stat
import struct
import sys
import tempfile
import types
import unittest

import time
import programs  # noqa: F401
from failover_pair import clock, main, nic
from failover_pair.api.errors import ApiError, PAUSES, cause_of, pause_after, retry_after
from failover_pair.api.token import Token, checked_token
from failover_pair.checks import parse_checks
from failover_pair.claiming import Claim
from failover_pair.config import Config, ConfigError
from failover_pair.journal import scrub
from failover_pair.metadata import parse_metadata
from failover_pair.netlink import NLMSG_DONE, NLMSG_ERROR, RTM_NEWADDR, list_addresses, parse_addresses
from failover_pair.nic import is_master
from failover_pair.readers import read_flag
from failover_pair.runfiles import make_fifo, write_atomically, write_flag
from failover_pair.status import alone
from failover_pair.timing import Timing
from failover_pair.verdict import verdict
from failover_pair.vrrp import Fifo, vrrp_event


VALUES = {
    "pair": "web",
    "node": "nginx0",
    "serverId": 42,
    "networkId": 7,
    "address": "10.0.1.2",
    "peerAddress": "10.0.1.3",
    "vips": ["10.0.1.1"],
    "endpoint": "https://api.example/v1",
}


def config(folder, **changes):
    path = os.path.join(folder, "config.json")
    with open(path, "w") as file:
        json.dump(dict(VALUES, runDir=folder, tokenFile=os.path.join(folder, "token"), **changes), file)
    return Config(path)


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name


class Configuration(WithFolder):
    def test_defaults(self):
        read = config(self.folder)
        self.assertEqual(read.verifySeconds, 30)
        self.assertEqual(read.what, "10.0.1.1")

    def test_reports_every_problem_at_once(self):
        with self.assertRaises(ConfigError) as raised:
            config(self.folder, vips=["10.0.1.1", "no"], address="10.0.1.300", endpoint="ftp://x", proxy="socks://x:1",
                   metadata="http://[", verifySeconds="30")
        for part in ("'no'", "'10.0.1.300'", "endpoint", "proxy", "metadata", "verifySeconds"):
            self.assertIn(part, str(raised.exception))

    def test_names_what_is_missing(self):
        path = os.path.join(self.folder, "config.json")
        with open(path, "w") as file:
            json.dump({"pair": "web", "serverId": "42"}, file)
        with self.assertRaisesRegex(ConfigError, "serverId '42' is not a whole number.*vips is missing"):
            Config(path)


class Files(WithFolder):
    def test_atomic_write_has_its_mode_and_leaves_nothing_behind(self):
        path = os.path.join(self.folder, "token")
        write_atomically(path, "a\n", 0o600)
        write_atomically(path, "b\n", 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(os.listdir(self.folder), ["token"])

    def test_a_failed_write_keeps_the_old_content(self):
        path = os.path.join(self.folder, "file")
        write_atomically(path, "old")
        with self.assertRaises(TypeError):
            write_atomically(path, None)
        self.assertEqual(open_and_read(path), "old")
        self.assertEqual(os.listdir(self.folder), ["file"])

    def test_flags(self):
        path = os.path.join(self.folder, "drain")
        self.assertIsNone(read_flag(path))
        write_flag(path, True)
        self.assertEqual(open_and_read(path), "1\n")
        self.assertTrue(read_flag(path))
        write_flag(path, False)
        self.assertFalse(read_flag(path))


def open_and_read(path):
    with open(path) as file:
        return file.read()


class Secrets(WithFolder):
    TOKEN = "s3cr3t" * 8

    def test_scrub(self):
        checked_token(self.TOKEN)
        self.assertEqual(scrub("x %s y" % self.TOKEN), "x <token> y")

    def test_refuses_what_cannot_be_a_token_without_quoting_it(self):
        for text in ("", "short", "two words but long enough", "umlaut-ä-and-long-enough", "a" * 20 + "\nb"):
            with self.assertRaises(ValueError) as raised:
                checked_token(text)
            self.assertNotIn(text or "nothing", str(raised.exception))

    def test_the_file_is_read_again_when_it_was_replaced(self):
        path = os.path.join(self.folder, "token")
        token = Token(path)
        with self.assertRaises(ApiError) as raised:
            token.get()
        self.assertEqual(raised.exception.cause, "token-missing")
        write_atomically(path, self.TOKEN + "\n", 0o600)
        self.assertEqual(token.get(), self.TOKEN)
        write_atomically(path, self.TOKEN[::-1] + "\n", 0o600)
        self.assertTrue(token.changed())
        self.assertFalse(token.changed())
        write_atomically(path, "broken", 0o600)
        self.assertTrue(token.changed())
        token.value = None
        for _ in range(2):
            with self.assertRaises(ApiError):
                token.get()
            self.assertFalse(token.changed(), "a broken one is not a new one each time")


class Netlink(unittest.TestCase):
    @staticmethod
    def message(index, *attributes):
        body = struct.pack("=BBBBI", socket.AF_INET, 32, 0, 0, index)
        for kind, value in attributes:
            body += struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)
        return struct.pack("=IHHII", 16 + len(body), RTM_NEWADDR, 2, 1, 0) + body

    def test_parses_a_dump(self):
        one = self.message(2, (1, bytes([10, 0, 1, 9])), (2, bytes([10, 0, 1, 2])), (3, b"ens10\0"))
        two = self.message(2, (1, bytes([10, 0, 1, 1])))
        done = struct.pack("=IHHII", 20, NLMSG_DONE, 2, 1, 0) + b"\0" * 4
        self.assertEqual(parse_addresses(one + two), ([(2, "10.0.1.2"), (2, "10.0.1.1")], False))
        self.assertEqual(parse_addresses(one + done), ([(2, "10.0.1.2")], True))

    def test_an_error_is_no_empty_list(self):
        with self.assertRaises(OSError):
            parse_addresses(struct.pack("=IHHIIi", 20, NLMSG_ERROR, 0, 1, 0, -1))

    def test_lists_what_is_there(self):
        self.assertIn("127.0.0.1", [address for _, address in list_addresses()])

    def test_master_is_the_first_vip_on_the_nic_of_the_own_address(self):
        settings = types.SimpleNamespace(address="10.0.1.2", vips=["10.0.1.1", "10.0.1.4"])
        own = (2, "10.0.1.2")
        self.addCleanup(setattr, nic, "list_addresses", nic.list_addresses)
        for addresses, master in (
            ([own, (2, "10.0.1.1"), (2, "10.0.1.4")], True),
            ([own, (2, "10.0.1.1")], True),
            ([own, (2, "10.0.1.4")], False),
            ([own, (3, "10.0.1.1"), (2, "10.0.1.4")], False),
            ([(2, "10.0.1.1"), (2, "10.0.1.4")], False),
        ):
            nic.list_addresses = lambda addresses=addresses: addresses
            self.assertEqual(is_master(settings), master, addresses)


class Notifications(WithFolder):
    def test_events(self):
        for line, event in (
            ('INSTANCE "web" MASTER 250', "MASTER"),
            ('INSTANCE "web" MASTER_RX_LOWER_PRI 250', "MASTER_RX_LOWER_PRI"),
            ('INSTANCE "MASTER" FAULT 0', "FAULT"),
            ('GROUP "web" MASTER 0', None),
            ('INSTANCE "web" BACKUP_PRIORITY 9', None),
            ("CLAIM", "CLAIM"),
            ("", None),
            ("\x00\xff", None),
        ):
            self.assertEqual(vrrp_event(line), event, line)

    def test_a_line_in_two_writes_is_one_line(self):
        fifo = Fifo(os.path.join(self.folder, "fifo"))
        self.addCleanup(fifo.close)
        os.write(fifo.fd, b'INSTANCE "w')
        self.assertEqual(fifo.lines(), [])
        os.write(fifo.fd, b'eb" MASTER 1\nCLAIM\n')
        self.assertEqual(fifo.lines(), ['INSTANCE "web" MASTER 1', "CLAIM"])

    def test_a_replaced_fifo_is_opened_again(self):
        path = os.path.join(self.folder, "fifo")
        fifo = Fifo(path)
        self.addCleanup(fifo.close)
        os.unlink(path)
        fifo.reopen_if_replaced()
        with open(path, "wb", buffering=0) as writer:
            writer.write(b"CLAIM\n")
        self.assertEqual(fifo.lines(), ["CLAIM"])

    def test_where_there_can_be_none_it_is_told_once(self):
        folder = os.path.join(self.folder, "gone")
        with contextlib.redirect_stderr(io.StringIO()) as said:
            fifo = Fifo(os.path.join(folder, "fifo"))
            fifo.reopen_if_replaced()
        self.addCleanup(fifo.close)
        self.assertEqual((fifo.fd, said.getvalue().count("\n")), (-1, 1))
        os.mkdir(folder)
        fifo.reopen_if_replaced()
        self.assertGreaterEqual(fifo.fd, 0)

    def test_what_is_no_fifo_is_replaced(self):
        path = os.path.join(self.folder, "fifo")
        open(path, "w").close()
        make_fifo(path)
        self.assertTrue(stat.S_ISFIFO(os.stat(path).st_mode))


class Metadata(unittest.TestCase):
    SETTINGS = types.SimpleNamespace(networkId=7, address="10.0.1.2")

    def parse(self, text):
        return parse_metadata(text, self.SETTINGS)

    def test_the_known_shape(self):
        text = "- ip: 10.9.0.2\n  alias_ips: [10.9.0.3]\n  network_id: 8\n"
        text += "- ip: 10.0.1.2\n  alias_ips: [10.0.1.1, 10.0.1.9]\n"
        text += "  interface_num: 2\n  mac_address: 86:00:00:2a:7d:e1\n  network_id: 7\n  network_name: a-b\n"
        self.assertEqual(self.parse(text), ["10.0.1.1", "10.0.1.9"])

    def test_lists_in_lines(self):
        text = "- network_id: 7\n  alias_ips:\n  - 10.0.1.1\n  - '10.0.1.9'\n  ip: 10.0.1.2\n"
        self.assertEqual(self.parse(text), ["10.0.1.1", "10.0.1.9"])
        self.assertEqual(self.parse("- ip: 10.0.1.2\n  alias_ips:\n    - 10.0.1.1\n"), ["10.0.1.1"])

    def test_no_alias(self):
        self.assertEqual(self.parse("- ip: 10.0.1.2\n  alias_ips: []\n  network_id: 7\n"), [])
        self.assertEqual(self.parse("- ip: 10.0.1.2\n  network_id: 7\n"), [])

    def test_nothing_is_no_answer(self):
        for text in ("", "\n", "<html>\n", "- ip: 10.0.9.9\n  network_id: 9\n", "[]"):
            self.assertIsNone(self.parse(text), text)


class Retrying(unittest.TestCase):
    def test_causes(self):
        for status, code, cause in (
            (423, "locked", "locked"),
            (423, "protected", "refused"),
            (409, "conflict", "conflict"),
            (422, "ip_not_available", "address-busy"),
            (422, "no_subnet_available", "address-busy"),
            (422, "invalid_input", "refused"),
            (422, "service_error", "server-error"),
            (429, "rate_limit_exceeded", "rate-limit"),
            (401, "unauthorized", "token-refused"),
            (401, "token_readonly", "token-read-only"),
            (403, "forbidden", "token-refused"),
            (403, "maintenance", "server-error"),
            (404, "not_found", "not-found"),
            (500, None, "server-error"),
            (504, "timeout", "server-error"),
            (422, "timeout", "server-error"),
            (400, "bad_gateway", "server-error"),
        ):
            self.assertEqual(cause_of(status, code), cause, (status, code))
            self.assertIn(cause, PAUSES)

    def test_pauses_grow_to_a_limit_and_vary(self):
        error = ApiError("server-error", "x")
        pauses = [[pause_after(error, tries) for _ in range(50)] for tries in (1, 4, 100)]
        self.assertTrue(all(0.1 <= pause <= 0.2 for pause in pauses[0]))
        self.assertTrue(all(0.8 <= pause <= 1.6 for pause in pauses[1]))
        self.assertTrue(all(2.5 <= pause <= 5 for pause in pauses[2]))
        self.assertGreater(len(set(pauses[2])), 1)

    def test_a_rate_limit_waits_for_its_reset_within_reason(self):
        self.assertEqual(retry_after({}), 1)
        at = time.time()
        self.assertAlmostEqual(retry_after({"RateLimit-Reset": str(int(at) + 2)}), 2, delta=1.1)
        for offset in (3600, 86400 * 365):
            self.assertEqual(retry_after({"RateLimit-Reset": str(int(at) + offset)}), 3)
            self.assertEqual(retry_after({"RateLimit-Reset": str(int(at) - offset)}), 1)
        self.assertGreaterEqual(pause_after(ApiError("rate-limit", "x", 7), 1), 7)


class Learning(unittest.TestCase):
    def test_asks_at_once_when_nothing_is_known(self):
        self.assertEqual(Timing().first_assign(), 0)

    def requests(self, timing, needed, round_trip=0.06):
        """(how many assignments it sends, when the last one goes that is taken) for a cloud that needs so long."""
        wait, refused, count = timing.first_assign(), 0.0, 1
        while wait < needed:
            refused, count = wait, count + 1
            wait += round_trip + timing.next_assign(wait, count - 1)
        timing.learn_accepted(wait, refused)
        return count, wait

    def test_a_first_claim_does_not_ask_all_the_time(self):
        for needed in (0.1, 0.5, 0.8, 1.5, 2.5):
            count, wait = self.requests(Timing(), needed)
            self.assertLessEqual(count, 13, needed)
            self.assertLess(wait, needed * 1.25 + 0.1, needed)

    def test_an_assignment_has_told_how_long_a_change_takes(self):
        count, wait = self.requests(Timing({"assigned": [0.85]}), 0.8)
        self.assertLessEqual(count, 4)
        self.assertLess(wait, 0.88)

    def test_the_clearing_has_foretold_how_long_it_takes(self):
        timing = Timing()
        self.assertAlmostEqual(timing.next_assign(0.2, 1, 0.75), 0.55)
        self.assertLess(timing.next_assign(0.76, 2, 0.75), 0.02)

    def test_what_is_known_roughly_is_known_better_after_the_next_claim(self):
        for needed in (0.3, 0.8, 1.5):
            timing = Timing()
            self.requests(timing, needed)
            count, wait = self.requests(timing, needed)
            self.assertLessEqual(count, 8, needed)
            self.assertLess(wait, needed + 0.09, needed)

    def test_a_hanging_action_does_not_make_the_next_claims_wait(self):
        for timing in (Timing(), Timing({"accepted": [0.8], "refused": [0.75], "assigned": [0.8]})):
            known = timing.first_assign()
            timing.learn_accepted(6.0, 5.5)
            self.assertEqual(timing.first_assign(), known)
        timing.assigned = [20.0]
        self.assertLessEqual(timing.first_look(), 2.0)

    def test_settles_just_above_what_the_cloud_needs(self):
        timing, needed, waits = Timing(), 0.74, []
        for _ in range(12):
            wait, refused = timing.first_assign(), 0.0
            while wait < needed:
                refused, wait = wait, wait + 0.07
            timing.learn_accepted(wait, refused)
            waits.append(wait)
        self.assertLess(max(waits), needed + 0.08)
        self.assertLess(waits[-1], needed * 1.03)

    def test_follows_a_cloud_that_became_slower(self):
        timing = Timing({"accepted": [0.8], "refused": [0.75], "assigned": [0.8]})
        for _ in range(8):
            timing.learn_accepted(2.0, 1.9)
        self.assertGreater(timing.first_assign(), 1.9)

    def test_one_slow_action_does_not_make_the_next_claims_wait(self):
        timing = Timing({"accepted": [0.8, 3.0], "refused": [0.7, 2.9]})
        self.assertLess(timing.first_assign(), 0.85)

    def test_survives_a_broken_state_file(self):
        self.assertEqual(Timing("nonsense").first_assign(), 0)


class Foretelling(unittest.TestCase):
    """When the clearing ends, by its own progress, with a clock that only pauses and round trips move."""

    ROUND_TRIP, LENGTH = 0.06, 0.8

    def foretell(self, percent, since=0.06):
        """percent: of the time in which the clearing has run, which began half a round trip before its answer came."""
        time, looks = [since], []

        def action(_id):
            looks.append(time[0] + self.ROUND_TRIP - since)
            time[0] += self.ROUND_TRIP
            share = looks[-1] / self.LENGTH
            if share >= 1:
                return {"id": 1, "status": "success", "progress": 100}
            return {"id": 1, "status": "running", "progress": percent(share)}

        def pause(seconds):
            time[0] += max(0, seconds)

        self.addCleanup(setattr, clock, "now", clock.now)
        clock.now = lambda: time[0]
        api = types.SimpleNamespace(action=action)
        api.latency = 0.0
        claim = Claim(types.SimpleNamespace(vips=[]), api, Timing(), None, None, None, pause)
        found = claim.perform(claim.sequence.foretell(({"id": 1}, since), since))
        return found, len(looks), time[0] - since

    def test_in_proportion_to_time(self):
        for since in (0.0, 0.12):
            when, looks, _ = self.foretell(lambda share: int(share * 100), since)
            arrives = when + self.ROUND_TRIP
            self.assertGreater(arrives, self.LENGTH)
            self.assertLess(arrives, self.LENGTH * 1.04)
            self.assertEqual(looks, 2)

    def test_no_measure_of_time(self):
        steps = [lambda share, step=step: step for step in (0, None, 50, 95)]
        for percent in steps + [lambda share: 10 if share < 0.3 else 20]:
            when, _, spent = self.foretell(percent)
            self.assertEqual(when, 0.0)
            self.assertLess(spent, 0.4)

    def test_it_is_over_already(self):
        self.LENGTH = 0.05
        self.assertEqual(self.foretell(lambda _: 50), (self.ROUND_TRIP, 1, self.ROUND_TRIP))


class Checks(unittest.TestCase):
    def test_a_script_that_cannot_be_read_is_left_out(self):
        text = 'vrrp_script %s {\n    script "%s"\n    timeout 3\n}\n'
        conf = text % ("good", "/bin/true") + text % ("empty", "") + text % ("broken", "it's")
        self.assertEqual(parse_checks(conf), {"good": (["/bin/true"], 3.0)})


class Verdicts(unittest.TestCase):
    GOOD = {
        "node": "nginx0",
        "vrrp": "MASTER",
        "since": 0,
        "interface": "ens10",
        "agent": "running",
        "keepalived": "active",
        "service": None,
        "checks": {"http": "good"},
        "room": True,
        "tokenValid": True,
        "holderByApi": "nginx0",
        "holderByMetadata": None,
        "drained": False,
        "apiError": None,
        "requestsLeft": 3000,
        "bridge": {"ready": True},
        "guard": {"ready": True},
        "carriedBy": None,
        "carries": None,
        "followsAt": None,
        "journey": None,
        "notCarried": None,
    }

    def check(self, code, words, **changes):
        text, found = verdict(dict(self.GOOD, **changes))
        self.assertEqual(found, code, text)
        self.assertIn(words, text)

    def test_good(self):
        self.check(0, "MASTER and holder")
        self.check(0, "MASTER and holder", journey={"ok": True, "where": None, "at": 1.0})
        self.check(0, "ready", vrrp="BACKUP", holderByApi="nginx1")
        self.check(0, "MASTER and holder", keepalived=None)
        self.check(0, "MASTER and holder", requestsLeft=None)
        self.check(0, "MASTER and holder", bridge=None)
        self.check(0, "nginx1 carries: the alias follows at 19", holderByApi="nginx1", carriedBy="nginx1", followsAt=1e8)
        self.check(0, "when it is not reachable", holderByApi="nginx1", carriedBy="nginx1")
        self.check(0, "BACKUP, carries to the MASTER", vrrp="BACKUP", carries=True)

    def test_critical(self):
        self.check(2, "nginx1", holderByApi="nginx1")
        self.check(2, "not nginx0", holderByApi=None, holderByMetadata="not nginx0")
        self.check(2, "not running", agent="not running")
        self.check(2, "keepalived is failed", keepalived="failed")
        self.check(2, "refuses the check http: chmod", keepalived="activating", refused={"http": "chmod"})
        self.check(2, "token", tokenValid=False)
        self.check(2, "FAULT", vrrp="FAULT", holderByApi="nginx1")
        self.check(2, "FAULT: the check http fails: exit 1", vrrp="FAULT", holderByApi="nginx1", checks={"http": "exit 1"})
        self.check(2, "the service is failed", vrrp="FAULT", service="failed", holderByApi="nginx1")
        self.check(2, "no NIC", interface=None)

    def test_warnings(self):
        self.check(1, "claiming", holderByApi="nginx1", since=time.time())
        self.check(1, "drained", vrrp="FAULT", drained=True, holderByApi="nginx1")
        self.check(1, "no redundancy: the other node is silent", alone=alone({"peer": None}))
        self.check(0, "MASTER and holder", alone=alone({"peer": None, "listening": True}))
        self.check(1, "no redundancy: the other node is FAULT", alone=alone({"peer": {"state": "FAULT"}}))
        self.check(0, "MASTER and holder", alone=alone({"peer": {"state": "BACKUP"}}))
        self.check(1, "IP protocol 112", hearsVrrp=False)
        self.check(1, "IP protocol 112", hearsVrrp=False, vrrp="FAULT", yields=True, holderByApi="nginx1")
        self.check(1, "still sends here", vrrp="BACKUP", bridge=None)
        self.check(2, "the peer does not serve either", vrrp="BACKUP", carries=False)
        self.check(1, "the bridge: no VXLAN", bridge={"ready": False, "problem": "no VXLAN"})
        self.check(1, "the bridge: failover-pair-bridge.service does not run", bridge={})
        self.check(1, "the guard: nft is not installed", guard={"ready": False, "problem": "nft is not installed"})
        self.check(1, "the guard: failover-pair-guard.service does not run", guard={})
        self.check(1, "the other node runs another version of FailoverPair", otherVersion=True, journey={"ok": False})
        self.check(1, "could not be asked", apiError="timed out", holderByApi=None)
        self.check(1, "5 API requests left", requestsLeft=5)
        self.check(1, "0 API requests left", requestsLeft=0)
        self.check(1, "the check http fails: exit 1", checks={"http": "exit 1"})
        lost = {"ok": False, "where": "the journey ends on nginx1 between its NIC and the tunnel", "at": 1.0}
        self.check(1, "a failover would not be carried: the journey ends on nginx1", journey=lost)
        self.check(1, "not be carried: ?[2J", journey=dict(lost, where="\x1b[2J"))
        self.check(1, "no room", vrrp="BACKUP", holderByApi="nginx1", room=False)


class Commands(unittest.TestCase):
    def test_each_names_a_function(self):
        commands = main.arguments()._subparsers._group_actions[0].choices
        self.assertIn("status", commands)
        for name, command in commands.items():
            module, _, function = command.get_default("function").rpartition(".")
            self.assertTrue(callable(getattr(importlib.import_module("failover_pair." + module), function)), name)


class Style(unittest.TestCase):
    def test_only_the_standard_library_as_of_python_3_10(self):
        for path, source in programs.source().items():
            tree = ast.parse(source, feature_version=(3, 10))
            found = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
            names = {(getattr(node, "module", None) or node.names[0].name).split(".")[0] for node in found}
            self.assertEqual(names - sys.stdlib_module_names - {"failover_pair"}, set(), path)


if __name__ == "__main__":
    unittest.main()
