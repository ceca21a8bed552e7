"""Ready to take over, heard by the peer, and what keepalived leaves undone in silence."""

import argparse
import contextlib
import io
import json
import os
import select
import shutil
import subprocess
import tempfile
import types
import unittest
from unittest import mock

import time
import programs  # noqa: F401
from failover_pair import clock, commands, health, runfiles, tracking
from failover_pair import prepare as prepare_module
from failover_pair.checks import refused_checks, unsafe
from failover_pair.commands import follow_nic, refused
from failover_pair.health import Health, lasts, unheard
from failover_pair.nic import nic_text
from failover_pair.prepare import TRACKED, kept_drain, prepare, restore_flags
from failover_pair.readers import read_flag
from failover_pair.readiness import not_ready
from failover_pair.runfiles import write_flag
from failover_pair.tracking import note_tracking, tracking_now, watches
from failover_pair.verdict import verdict
from failover_pair.vrrp import LISTENS_SECONDS


BACKUP = {
    "vrrp": "BACKUP",
    "interface": "ens10",
    "agent": "running",
    "keepalived": "active",
    "keepalivedFor": 60.0,
    "lasts": None,
    "drained": False,
    "yields": False,
    "service": "active",
    "serviceFlag": False,
    "watched": True,
    "refused": {},
    "checks": {"http": "good"},
    "tokenValid": True,
    "room": True,
    "apiError": None,
    "serves": False,
}


class NotReady(unittest.TestCase):
    def why(self, **changes):
        return not_ready({**BACKUP, **changes})

    def test_ready(self):
        self.assertIsNone(self.why())
        self.assertIsNone(self.why(vrrp="MASTER", serves=True))
        self.assertIsNone(self.why(vrrp="MASTER", serves=True, keepalivedFor=1.0, apiError="timed out"))
        # an unknown value is not a reason
        self.assertIsNone(self.why(keepalived=None, keepalivedFor=None, watched=None, tokenValid=None, room=None))
        few = ("vrrp", "interface", "agent")
        self.assertIsNone(not_ready({name: BACKUP[name] for name in few}))

    def test_every_reason_counts(self):
        for words, changes in (
            ("only listens for its first 3 s", {"keepalivedFor": 1.5}),
            ("drained", {"drained": True}),
            ("leaves the address to the peer", {"yields": True}),
            ("FAULT", {"vrrp": "FAULT"}),
            ("not told its state", {"vrrp": None}),
            ("not told its state", {"vrrp": "STOP"}),
            ("alias-switch is not running", {"agent": "not running"}),
            ("keepalived is failed", {"keepalived": "failed"}),
            ("keepalived is activating", {"keepalived": "activating"}),
            ("no NIC", {"interface": None}),
            ("refuses the token", {"tokenValid": False}),
            ("the service is failed", {"service": "failed"}),
            ("the service is down", {"serviceFlag": True}),
            ("the check http fails: exit 1", {"checks": {"http": "exit 1"}}),
            ("raise fs.inotify.max_user_instances", {"watched": False}),
            ("does not run the check http: chmod", {"refused": {"http": "chmod"}}),
            ("no room", {"room": False}),
            ("could not be asked: timed out", {"apiError": "timed out"}),
            ("alias not here yet", {"vrrp": "MASTER"}),
        ):
            self.assertIn(words, str(self.why(**changes)), changes)

    def test_status_says_ready_only_if_it_is(self):
        report = {**BACKUP, "node": "a", "since": 0, "holderByApi": "b", "holderByMetadata": None, "carriedBy": None}
        report.update(carries=None, bridge=None, guard={"ready": True}, journey=None, requestsLeft=3000, followsAt=None)
        for seconds, text in ((60.0, "BACKUP, ready to take over"), (2.0, "keepalived only listens for its first 3 s")):
            report["keepalivedFor"] = seconds
            report["notReady"] = not_ready(report)
            self.assertEqual(verdict(report), (text, 0 if seconds > 3 else 1))


class Unheard(unittest.TestCase):
    PAIR = types.SimpleNamespace(address="10.0.1.2", peerAddress="10.0.1.3")
    HEARD = {"sent": 16, "sentBad": 0, "arrived": 0, "arrivedBad": 0, "delivered": 0}

    def why(self, peer=None, **counts):
        return unheard({**self.HEARD, **counts}, peer, self.PAIR)

    def test_nothing_speaks_against_a_peer_that_listens_or_is_away(self):
        for peer in (None, "BACKUP", "FAULT", "STOP"):
            self.assertIsNone(self.why(peer))
        self.assertIsNone(unheard(None, None, self.PAIR))

    def test_the_place_and_the_way_out(self):
        drop = self.why(None, arrived=16)
        self.assertIn("a firewall on 10.0.1.2 drops the peer's VRRP adverts (IP protocol 112)", drop)
        self.assertIn("iptables -I INPUT -p 112 -s 10.0.1.3 -j ACCEPT", drop)
        there = self.why("MASTER", arrived=16, delivered=16)
        self.assertIn("do not reach keepalived on 10.0.1.3", there)
        self.assertIn("iptables -I INPUT -p 112 -s 10.0.1.2 -j ACCEPT", there)
        self.assertIn("let it out to 10.0.1.3", self.why("MASTER", sent=0))
        self.assertIn("let it out to 10.0.1.3", self.why("yields", sent=0))
        self.assertIn("let it out to 10.0.1.3", self.why(None, sent=0, arrived=7, delivered=7))
        self.assertIn("arrives here", unheard({**self.HEARD, "sent": 0}, "MASTER", self.PAIR, master=False))
        yields = self.why("yields")
        self.assertIn("the peer does not hear the VRRP adverts (IP protocol 112) of 10.0.1.2", yields)
        self.assertIn("iptables -I INPUT -p 112 -s 10.0.1.2 -j ACCEPT", yields)
        self.assertIn("none of its VRRP adverts (IP protocol 112) arrives here", self.why("MASTER"))
        self.assertIn("the peer is MASTER too", unheard(None, "MASTER", self.PAIR))

    def test_a_wrong_checksum(self):
        self.assertIn("10.0.1.3 sends VRRP adverts with a wrong checksum", self.why(None, arrived=3, arrivedBad=3, delivered=3))
        self.assertIn("10.0.1.2 sends VRRP adverts with a wrong checksum", self.why(None, sentBad=3))


class Healthy(unittest.TestCase):
    """wait-healthy's question, on a clock of the test's."""

    def setUp(self):
        self.config = types.SimpleNamespace(address="10.0.1.2", peerAddress="10.0.1.3", bridge=None, ours=lambda all: all)
        self.clock, self.facts, self.heard, self.saved = 0.0, dict(BACKUP), dict(Unheard.HEARD), {}
        self.peer = types.SimpleNamespace(name="b", aliases=["10.0.1.1"], status="running")
        self.config.run = lambda name: name
        self.patch("now", lambda: self.clock, clock)
        self.patch("new_api", lambda _: types.SimpleNamespace(server_at=lambda _: self.peer))
        self.patch("listen_for_adverts", lambda _: self.heard)
        self.patch("saved_state", lambda _: self.saved)
        self.patch("answers", lambda _: True)
        self.health = Health(self.config)
        self.health.facts = lambda: self.facts

    def patch(self, name, value, module=health):
        patcher = mock.patch.object(module, name, value)
        patcher.start()
        self.addCleanup(patcher.stop)

    def problem(self, clock, **facts):
        self.clock = clock
        self.facts.update(facts)
        return self.health.problem()

    def test_a_peer_that_is_set_up_later_need_not_hear_this_node(self):
        self.heard.update(arrived=9, delivered=9)
        self.saved["lastClaim"] = {"from": "b", "at": time.time()}
        serves = dict(vrrp="MASTER", serves=True, lasts=9.0)
        self.assertIn("the peer stays MASTER", self.problem(0, **serves))
        self.health.peer_may_be_new = True
        self.assertIsNone(self.problem(1, **serves))
        self.saved["peerKnown"] = True
        self.assertIn("the peer stays MASTER", self.problem(2, **serves))

    def test_a_backup_has_to_last_before_it_is_known_to_hear(self):
        self.assertIn("only listens", self.problem(0, keepalivedFor=2.0))
        self.assertIn("not yet long enough", self.problem(1.2, keepalivedFor=3.2))
        self.assertIn("not yet long enough", self.problem(4.4))
        self.assertIsNone(self.problem(4.6))
        # it was MASTER for a moment
        self.problem(5, vrrp="MASTER", serves=True)
        self.assertIn("not yet long enough", self.problem(6, vrrp="BACKUP", serves=False))
        self.assertIsNone(self.problem(9.4))

    def test_it_is_known_at_once_of_a_state_that_has_lasted(self):
        self.assertIsNone(self.problem(0, lasts=20.0))
        self.assertIn("not yet long enough", self.problem(0, lasts=2.0))
        wall = time.time()
        self.assertAlmostEqual(lasts(wall - 20, 60.0, 60.0), 20, delta=1)
        self.assertEqual(lasts(wall - 20, 60.0, 1.5), 1.5, "loaded anew")
        self.assertAlmostEqual(lasts(wall - 20, 5.0, 5.0), 5.0 - LISTENS_SECONDS)
        self.assertEqual(lasts(wall + 20, 60.0, 60.0), 0.0, "a clock that was set back")
        self.assertIsNone(lasts(None, 60.0, 60.0))

    def test_a_master_whose_peer_has_not_yet_had_the_time_to_miss_it(self):
        self.saved = {"peer": {"state": "BACKUP", "master": False}}
        self.assertIn("not yet long enough", self.problem(0, vrrp="MASTER", serves=True))
        self.assertIsNone(self.problem(4))

    def test_a_backup_of_which_the_peer_does_not_serve(self):
        self.peer.aliases = []
        self.problem(0)
        self.assertIn("no node serves", self.problem(4))

    def test_a_master_whose_peer_is_one_too(self):
        self.facts.update(vrrp="MASTER", serves=True, lasts=20.0)
        self.assertIsNone(self.problem(0))
        self.saved = {"peer": {"state": "BACKUP", "master": False}}
        self.assertIsNone(self.problem(1))
        self.saved = {"peer": {"state": "BACKUP", "master": True}}
        self.assertIn("IP protocol 112", self.problem(2))
        self.saved = {"peer": {"state": "FAULT", "master": False, "yields": True}}
        self.assertIn("the peer does not hear the VRRP adverts", self.problem(2))
        # an agent that does not talk, but keepalived's adverts come
        self.saved, self.heard["arrived"] = {}, 9
        self.assertIn("a firewall on 10.0.1.2", self.problem(3))

    def test_a_peer_that_is_off_or_away_is_not_one_that_is_unheard(self):
        self.facts.update(vrrp="MASTER", serves=True, lasts=20.0)
        self.saved = {"lastClaim": {"from": "b", "at": self.health.began + 1}}
        self.assertIn("taken from b, which runs but is not heard", self.problem(0))
        self.peer.status = "off"
        self.assertIsNone(self.problem(1))
        self.peer = None
        self.assertIsNone(self.problem(2))

    def test_one_that_yields_says_why(self):
        self.heard["arrived"] = 9
        self.assertIn("a firewall on 10.0.1.2", self.problem(0, yields=True, vrrp="FAULT"))

    def test_one_that_is_drained_has_done_its_part(self):
        self.assertIsNone(self.problem(0, drained=True, vrrp="FAULT"))


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        run = lambda name: runfiles.place(self.folder, name)
        path = os.path.join(self.folder, "config.json")
        conf = os.path.join(self.folder, "keepalived.conf")
        self.config = types.SimpleNamespace(run=run, runDir=self.folder, path=path, service=None, keepalivedConf=conf)
        self.config.vips, self.config.address = ["10.0.1.1"], "10.0.1.2"

    def flag(self, name):
        return read_flag(self.config.run(name))


class FollowNic(Folder):
    """Root looks itself whether the NIC is another one: the agent's wish alone restarts nothing."""

    def orders(self, started_with):
        with open(self.config.run("interface"), "w") as file:
            file.write(started_with)
        asked = []
        run = lambda words: asked.append(words) or types.SimpleNamespace(returncode=0)
        with mock.patch.object(commands, "vips_on_nic", lambda _: (1, [])), mock.patch.object(subprocess, "run", run):
            self.assertEqual(follow_nic(self.config, None), 0)
        return asked

    def test_the_same_nic(self):
        self.assertEqual(self.orders(nic_text(1)), [])
        self.assertEqual(self.orders("1\n"), [])

    def test_another_nic(self):
        self.assertEqual(self.orders("7 old0\n"), [["systemctl", "--no-block", "try-restart", "keepalived.service"]])


class Prepare(Folder):
    def test_gives_the_agent_what_keepalived_names(self):
        given = {}
        chown = lambda path, *owner, follow_symlinks: given.update({os.path.basename(path): (*owner, follow_symlinks)})
        owner = mock.patch.object(runfiles, "owner", lambda _: (4711, 4712))
        with owner, mock.patch.object(os, "chown", chown):
            prepare(self.config, argparse.Namespace(started=False))
        self.assertEqual(given, dict.fromkeys(("vrrp.fifo", "yield"), (4711, 4712, False)))

    def test_keepalived_starts_where_the_agent_has_no_folder(self):
        self.assertEqual(prepare(self.config, argparse.Namespace(started=False)), 0)


class Overwritten(Folder):
    """keepalived has written the value of init_file over its track files, at its start."""

    def start(self, writes=0):
        options = argparse.Namespace(started=False)
        prepare(self.config, options)
        for name in TRACKED:
            with open(self.config.run(name), "w") as file:
                file.write("%d\n" % writes)
        with mock.patch.object(tracking, "watches", lambda _: None):
            prepare(self.config, argparse.Namespace(started=True))

    def test_a_drain_and_a_yield_outlive_it(self):
        for name in ("drain", "yield"):
            write_flag(self.config.run(name), 1)
        self.start()
        self.assertEqual([self.flag("drain"), self.flag("yield")], [True, True])
        for name in ("drain", "yield"):
            write_flag(self.config.run(name), 0)
        self.start(writes=1)
        self.assertEqual([self.flag("drain"), self.flag("yield")], [False, False])

    def test_one_that_was_written_by_hand_too(self):
        with open(self.config.run("drain"), "w") as file:
            file.write("1\n")
        self.start()
        self.assertTrue(self.flag("drain"))

    def test_one_that_is_kept_over_a_reboot(self):
        with open(kept_drain(self.config), "w"):
            pass
        os.rename(kept_drain(self.config), os.path.join(self.folder, "kept"))
        with mock.patch.object(prepare_module, "kept_drain", lambda _: os.path.join(self.folder, "kept")):
            self.start()
        self.assertTrue(self.flag("drain"))

    def test_the_service_is_what_systemd_says(self):
        self.config.service = "nginx.service"
        for state, down in (("failed", True), ("active", False)):
            with mock.patch.object(prepare_module, "unit_state", lambda _, state=state: state):
                write_flag(self.config.run("service"), down)
                self.start(writes=not down)
            self.assertEqual(self.flag("service"), down)

    def test_a_drain_during_the_start_counts(self):
        prepare(self.config, argparse.Namespace(started=False))
        write_flag(self.config.run("drain"), 1)
        restore_flags(self.config)
        self.assertTrue(self.flag("drain"))


class Watched(Folder):
    PROGRAM = "import ctypes, sys\nc = ctypes.CDLL(None)\nfd = c.inotify_init()\nc.inotify_add_watch(fd, sys.argv[1].encode(), 8)\n"

    def child(self, folder):
        """A process whose child watches a folder, as keepalived's does."""
        program = "import os\n" + self.PROGRAM + "print(1, flush=True)\nsys.stdin.read()\n"
        words = ["sh", "-c", 'python3 -c "$1" "$2"; true', "sh", program, folder]
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(lambda: (child.communicate(), child.wait()))
        self.assertTrue(select.select([child.stdout], [], [], 20)[0])
        return child.pid

    def watches(self, pid):
        with mock.patch.object(tracking, "systemd_says", lambda *_: str(pid)):
            return watches(self.config)

    def test_by_the_process_and_its_children(self):
        self.assertTrue(self.watches(self.child(self.folder)))
        self.assertFalse(self.watches(self.child(os.path.dirname(self.folder))))

    def test_unknown_without_a_keepalived(self):
        self.assertIsNone(self.watches(0))
        self.assertIsNone(self.watches(1 << 22))

    def test_what_was_seen_at_the_start_is_left_for_the_agent(self):
        with mock.patch.object(tracking, "watches", lambda _: False):
            note_tracking(self.config, seconds=0)
        with open(self.config.run("tracking.json")) as file:
            self.assertEqual(json.load(file), {"watched": False, "refused": {}})
        with mock.patch.object(tracking, "watches", lambda _: None):
            self.assertEqual(tracking_now(self.config)["watched"], False)


class Refused(Folder):
    """As check_security of keepalived's lib/notify.c."""

    def setUp(self):
        super().setUp()
        self.check = os.path.join(self.folder, "checks", "up")
        os.mkdir(os.path.dirname(self.check))
        with open(self.check, "w") as file:
            file.write("#!/bin/sh\n")
        os.chmod(self.folder, 0o755)
        os.chmod(self.check, 0o755)
        with open(self.config.keepalivedConf, "w") as file:
            file.write('vrrp_script up {\n    script "%s"\n    timeout 1\n}\n' % self.check)

    def stat(self, **given):
        """By path: what lstat says of it."""
        real = os.lstat

        def lstat(path, *_, **__):
            found, changes = real(path), given.get(os.path.basename(path), {})
            kinds = {name: getattr(found, name) for name in ("st_mode", "st_uid", "st_gid")}
            kinds.update(st_uid=0, st_gid=0)
            kinds.update(changes)
            return types.SimpleNamespace(**kinds)

        return mock.patch.object(os, "lstat", lstat)

    def test_safe(self):
        with self.stat():
            self.assertIsNone(unsafe(self.check))

    def test_each_step_of_the_path_counts(self):
        folder, file = 0o040000, 0o100000
        for changes, words in (
            ({"checks": {"st_mode": folder | 0o775, "st_gid": 50}}, "chmod go-w %s" % os.path.dirname(self.check)),
            ({"checks": {"st_mode": folder | 0o777}}, "chmod go-w"),
            ({"up": {"st_mode": file | 0o757}}, "chmod go-w %s" % self.check),
            ({"up": {"st_uid": 1000}}, "chown root %s" % self.check),
        ):
            with self.stat(**changes):
                self.assertIn(words, str(unsafe(self.check)))
        for changes in ({"st_mode": folder | 0o775}, {"st_mode": folder | 0o1777}):  # root's own group, sticky
            with self.stat(checks=changes):
                self.assertIsNone(unsafe(self.check))

    def test_a_deployment_is_told_before(self):
        said = io.StringIO()
        with self.stat(checks={"st_mode": 0o040777}), contextlib.redirect_stderr(said):
            code = refused(self.config, argparse.Namespace(conf=self.config.keepalivedConf))
        self.assertEqual(code, 1)
        self.assertIn("the check up: others than root may write to", said.getvalue())

    def test_one_that_is_missing(self):
        os.unlink(self.check)
        self.assertIn("No such file", str(refused_checks(self.config)["up"]))


if __name__ == "__main__":
    unittest.main()
