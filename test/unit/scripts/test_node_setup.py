"""node-setup and the small helpers, in a folder that stands for / and with a systemd that only writes down."""

import base64
import contextlib
import io
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from unittest import mock

import programs
from failover_pair import wait_address
from failover_pair.setup import node, paths
from failover_pair.setup.agent import BRIDGE, FORMER, FORMER_MODULES
from failover_pair.setup.keys import with_keys
from failover_pair.setup.main import Setup
from failover_pair.setup.node import Failed
from failover_pair.setup.units import hollow

CONF = "/etc/keepalived/keepalived.conf"


KEYS = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI%s=" % (letter * 30) for letter in "ABC"]
ONE, TWO, THEIRS = (key.encode() for key in KEYS)
BEGIN, END = b"# failover-pair: begin", b"# failover-pair: end"


def file_of(*lines):
    return b"".join(line + b"\n" for line in lines)


class AuthorizedKeys(unittest.TestCase):
    def check(self, before, *expected, keys=(KEYS[0],)):
        after = with_keys(before, list(keys))
        self.assertEqual(after, file_of(*expected))
        self.assertEqual(with_keys(after, list(keys)), after, "a second time it changes nothing")

    def test_a_file_that_is_missing_or_empty(self):
        self.check(b"", BEGIN, ONE, END)
        self.check(b"\n", b"", BEGIN, ONE, END)

    def test_other_lines_stay_byte_for_byte(self):
        odd = [
            b"# " + ONE,
            b"",
            b"  \t",
            b"laptop",
            b"ssh-ed25519",
            THEIRS + b" AAAAC3NzaC1lZDI1NTE5AAAAI",
            b'from="10.0.0.0/8,::1",command="echo \\"a b\\" # c" ' + THEIRS,
            THEIRS + b" M\xfcller\x0b\x0c\x1c\xc2\x85\xe2\x80\xa8 x\r",
            b'environment="A=' + ONE + b'" ' + THEIRS,
            b'from="not closed ' + THEIRS,
            b"\xff\xfe\x00",
        ]
        self.check(file_of(*odd), *odd, BEGIN, ONE, END)
        self.check(file_of(BEGIN, TWO, END, *odd), *odd, BEGIN, ONE, END)
        self.check(b"\n".join(odd), *odd, BEGIN, ONE, END)

    def test_a_key_is_known_by_itself_and_not_by_a_word_beside_it(self):
        self.check(file_of(THEIRS + b" root@nginx", BEGIN, TWO + b" root@nginx", END), THEIRS + b" root@nginx", BEGIN, ONE, END)
        quoting = THEIRS + b" replaces " + ONE.split()[1]
        self.check(file_of(quoting), quoting, BEGIN, ONE, END)
        self.check(file_of(b"\t" + ONE.replace(b" ", b"  ") + b" cloud-init\r"), BEGIN, ONE, END)

    def test_options_of_a_wanted_key_stay_inside_and_outside_of_the_block(self):
        limited = b'from="203.0.113.7",no-pty ' + ONE + b" limited"
        self.check(file_of(BEGIN, limited, END), BEGIN, limited, END)
        self.check(file_of(limited, BEGIN, ONE, END, b"# last"), b"# last", BEGIN, limited, END)
        # its options move the key's type to where the key is in a plain line, and other keys have the type too
        self.check(file_of(THEIRS, BEGIN, limited, END), THEIRS, BEGIN, limited, END)

    def test_a_key_that_is_not_wanted_any_more_goes_with_or_without_options(self):
        before = file_of(b"no-pty " + TWO, TWO + b" cloud", BEGIN, ONE, b'from="::1" ' + TWO, END)
        self.check(before, BEGIN, ONE, END)

    def test_comments_and_blank_lines_in_the_block_stay(self):
        self.check(file_of(BEGIN, b"# note", b"", TWO, b"laptop", END), BEGIN, b"# note", b"", b"laptop", ONE, END)

    def test_a_block_without_its_end_has_only_what_we_can_have_written(self):
        theirs = THEIRS + b" theirs"
        self.check(file_of(BEGIN, TWO, theirs, b"# note", TWO + b" x"), theirs, b"# note", BEGIN, ONE, END)
        self.check(file_of(BEGIN, TWO)[:-1], BEGIN, ONE, END)

    def test_marks_that_are_there_twice_or_alone(self):
        self.check(file_of(BEGIN, TWO, END, b"# between", BEGIN, ONE, END), b"# between", BEGIN, ONE, END)
        self.check(file_of(BEGIN, BEGIN, TWO, END, END), BEGIN, ONE, END)
        self.check(file_of(THEIRS, END, b"# last", BEGIN), THEIRS, b"# last", BEGIN, ONE, END)

    def test_quotes_without_end_cost_no_time(self):
        line = b'command="' + b'\\"x' * 5000 + b" " + THEIRS
        began = time.monotonic()
        self.check(file_of(line), line, BEGIN, ONE, END)
        self.assertLess(time.monotonic() - began, 2)


class Programs:
    """Stands for what a node has installed. `answers`: the start of a command → (exit code, output) or a function."""

    def __init__(self):
        self.ran, self.stdin, self.answers = [], {}, {}

    def __call__(self, arguments, stdin=None, timeout=0, env=None):
        line = " ".join(arguments)
        self.ran.append(line)
        self.stdin[line] = stdin
        for words, answer in self.answers.items():
            if line.startswith(words):
                return answer() if callable(answer) else answer
        return 0, ""

    def knows(self, *names):
        """What `apt-cache pkgnames` prints: every name that begins so."""
        self.answers["apt-cache --all-names pkgnames"] = (0, "".join(name + "\n" for name in names))

    def count(self, words):
        return sum(line.startswith(words) for line in self.ran)


class WithRoot(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root, self.programs = folder.name, Programs()
        os.makedirs(self.root + "/run")
        os.makedirs(self.root + "/usr/sbin")
        self.programs.knows("keepalived")
        self.setup = Setup(self.root, self.programs, sleep=lambda seconds: None)

    def read(self, path):
        with open(self.root + path) as file:
            return file.read()

    def put(self, path, content):
        self.setup.replace(path, 0o644, content.encode())


class Files(WithRoot):
    def test_writes_only_what_differs(self):
        self.assertTrue(self.setup.write("/etc/a/b", "0600", b"x"))
        self.assertFalse(self.setup.write("/etc/a/b", "0600", b"x"))
        self.assertTrue(self.setup.write("/etc/a/b", "0644", b"x"))
        self.assertEqual(stat.S_IMODE(os.stat(self.root + "/etc/a/b").st_mode), 0o644)
        self.assertEqual(os.listdir(self.root + "/etc/a"), ["b"])


class Install(WithRoot):
    def test_installs_only_what_is_missing(self):
        self.programs.answers["dpkg-query"] = (0, "installed")
        self.setup.install({"packages": ["keepalived"], "installScript": None})
        self.assertEqual(self.programs.count("apt-get"), 0)

    def test_keepalived_is_not_started_by_its_package(self):
        seen = []
        policy = self.root + "/usr/sbin/policy-rc.d"
        self.programs.answers["dpkg-query"] = (1, "")
        self.programs.answers["apt-get"] = lambda: (seen.append(open_and_read(policy)), (0, ""))[1]
        self.setup.install({"packages": ["keepalived"], "installScript": None})
        self.assertIn("exit 101", seen[0])
        self.assertFalse(os.path.exists(policy))

    def test_tries_again_and_tells_the_end_of_the_log(self):
        self.programs.answers["dpkg-query"] = (1, "")
        self.programs.answers["apt-get"] = (100, "E: no mirror")
        with self.assertRaisesRegex(Failed, "(?s)keepalived.*E: no mirror"):
            self.setup.install({"packages": ["keepalived"], "installScript": None})
        self.assertEqual(self.programs.count("apt-get"), 5)

    def test_what_apt_would_read_in_another_way_never_gets_to_it(self):
        self.programs.answers["dpkg-query"] = (1, "")
        self.programs.knows("node-js-yaml", "nodejs", "g++", "g++-12", "keepalived", "libnginx-mod")
        for name in ("node.js", "keepalived-", "nginx+", "keepaliv.*", "task^", "--purge", "?installed", "~n.", "nginx/sid", "libnginx"):
            with self.assertRaisesRegex(Failed, "apt knows no package"):
                self.setup.install({"packages": [name], "installScript": None})
        self.assertEqual(sum(" install " in line for line in self.programs.ran), 0)
        self.setup.install({"packages": ["g++"], "installScript": None})
        self.assertRegex([line for line in self.programs.ran if " install " in line][0], r" install --yes .* -- g\+\+$")

    def test_a_version_that_ends_like_a_command_is_a_version(self):
        self.programs.answers["dpkg-query"] = (1, "")
        self.setup.install({"packages": ["keepalived=1.0+"], "installScript": None})
        self.assertEqual(sum(line.endswith(" -- keepalived=1.0++") for line in self.programs.ran), 1)

    def test_a_package_of_another_architecture_is_that_very_one(self):
        self.programs.answers["dpkg-query"] = (1, "")
        self.programs.knows("lib.a")
        for shown, installs in (("", 0), ("Package: lib-a\nPackage: lib.a\n", 0), ("Package: lib.a\n", 1)):
            self.programs.answers["apt-cache show"] = (0, shown)
            with contextlib.suppress(Failed):
                self.setup.install({"packages": ["lib.a:arm64"], "installScript": None})
            self.assertEqual(sum(" install " in line and line.endswith(" -- lib.a:arm64") for line in self.programs.ran), installs)

    def test_lets_in_the_keys_it_is_told_and_leaves_other_lines_alone(self):
        path, one, two, theirs = paths.AUTHORIZED_KEYS, "ssh-ed25519 AAAA1", "ssh-ed25519 AAAA2", 'from="::1" ssh-rsa AAAA3 x'
        keys = lambda: [line for line in open_and_read(self.root + path).splitlines() if not line.startswith("#")]
        self.programs.answers["dpkg-query"] = (0, "installed")
        install = lambda *keys: self.setup.install({"packages": [], "installScript": None, "authorizedKeys": list(keys)})
        self.setup.replace(path, 0o644, ("# by cloud-init\n%s cloud\n%s" % (one, theirs)).encode())
        install(one)
        self.assertEqual(keys(), [theirs, one])
        self.assertEqual(stat.S_IMODE(os.stat(self.root + path).st_mode), 0o600)
        install(one, two + " new", two)
        self.assertEqual(keys(), [theirs, one, two])
        install(two)
        self.assertEqual(keys(), [theirs, two])
        before = os.stat(self.root + path).st_ino
        install(two)
        self.assertEqual(os.stat(self.root + path).st_ino, before)
        self.assertIn("# by cloud-init", open_and_read(self.root + path))

    def test_odd_lines_between_the_pairs_keys_do_no_harm(self):
        path = paths.AUTHORIZED_KEYS
        block = "# failover-pair: begin\n%s\n\nlaptop\n# a note\n# failover-pair: end\n" % KEYS[0]
        self.setup.replace(path, 0o600, block.encode())
        self.setup.install({"packages": [], "installScript": None, "authorizedKeys": [KEYS[0]]})
        self.assertEqual(sorted(open_and_read(self.root + path).splitlines()), sorted(block.splitlines()))

    def test_a_failing_script_fails_with_its_output(self):
        self.setup.run = node.run
        with self.assertRaisesRegex(Failed, "(?s)exit 7.*halfway"):
            self.setup.run_script("echo halfway\n(exit 7)\necho never\n")
        self.assertEqual(os.listdir(self.root + "/run"), [])


    def test_a_version_is_installed_in_place_of_another_one(self):
        self.programs.answers["dpkg-query"] = (0, "installed 1:2.2.7-1")
        for package, runs in (("keepalived=1:2.2.7-1", 0), ("keepalived=1:2.2.8-1", 1)):
            self.setup.install({"packages": [package], "installScript": None})
            self.assertEqual(sum(line.endswith(package) for line in self.programs.ran), runs)

    def test_a_keepalived_of_another_version_is_restarted_and_seen_well(self):
        self.programs.answers["dpkg-query"] = (1, "")
        self.programs.answers["systemctl show --property=MainPID"] = (0, "7\n")
        restarts = lambda: self.programs.count("systemctl restart keepalived.service")
        for program, times in ((None, 0), ("/usr/sbin/keepalived", 0), ("/usr/sbin/keepalived (deleted)", 1)):
            os.makedirs(self.root + "/proc/7", exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.root + "/proc/7/exe")
            if program:
                os.symlink(program, self.root + "/proc/7/exe")
            self.setup.install({"packages": ["keepalived"], "installScript": None})
            self.assertEqual(restarts(), times, program)
        self.assertIn("wait-healthy", self.programs.ran[-1])


class CloudInit(WithRoot):
    """22.4 ends `status --wait` too early."""

    def setUp(self):
        super().setUp()
        self.programs.answers["dpkg-query"] = (0, "installed")
        self.programs.answers["systemctl is-failed"] = (1, "")
        self.slept = []
        self.setup.sleep = self.sleep

    def sleep(self, seconds):
        self.slept.append(seconds)
        if len(self.slept) == 7:
            self.put("/run/cloud-init/result.json", "{}")

    def install(self):
        with redirect_stderr(io.StringIO()) as said:
            self.setup.install({"packages": ["keepalived"], "installScript": None})
        return said.getvalue()

    def test_its_result_is_waited_for(self):
        self.put("/run/cloud-init/enabled", "")
        self.assertEqual(self.install(), "")
        self.assertEqual(len(self.slept), 7)

    def test_not_where_it_is_disabled_or_missing_or_has_failed(self):
        self.install()
        self.programs.answers["cloud-init"] = (127, "not found")
        self.install()
        self.put("/run/cloud-init/enabled", "")
        self.programs.answers["systemctl is-failed"] = (0, "")
        self.install()
        self.assertEqual(self.slept, [])

    def test_not_for_ever(self):
        self.put("/run/cloud-init/enabled", "")
        self.setup.sleep = self.slept.append
        self.assertIn("no result after 600 s", self.install())
        self.assertAlmostEqual(sum(self.slept), 600)


class Agent(WithRoot):
    FILES = [
        {"path": paths.LIB + "/alias-switch", "mode": "0755", "content": "#!/bin/sh\n"},
        {"path": "/etc/systemd/system/alias-switch.service", "mode": "0644", "content": "[Unit]\n"},
        {"path": "/etc/sysctl.d/60-failover-pair.conf", "mode": "0644", "content": "a = 1\n"},
    ]

    def test_without_a_token_nothing_is_started(self):
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.programs.count("systemctl daemon-reload"), 1)
        self.assertEqual(self.programs.count("sysctl"), 1)
        self.assertEqual(self.programs.count("systemctl restart"), 0)
        self.assertEqual(os.readlink(self.root + "/usr/local/bin/alias-switch"), paths.LIB + "/alias-switch")

    def test_the_second_time_changes_nothing(self):
        self.put(paths.TOKEN, "x")
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.programs.count("systemctl stop alias-switch"), 1)
        self.programs.ran.clear()
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.programs.count("systemctl daemon-reload"), 0)
        self.assertEqual(self.programs.count("systemctl stop"), 0)
        self.assertEqual(self.programs.count("systemctl restart"), 0)

    def test_the_users_are_made_before_what_belongs_to_them(self):
        folders = [{"path": "/etc/%s.d/x.conf" % name, "mode": "0644", "content": "x"} for name in ("tmpfiles", "sysusers")]
        self.setup.agent({"files": folders + self.FILES})
        made = [line.split()[0] for line in self.programs.ran if line.startswith("systemd-")]
        self.assertEqual(made, ["systemd-sysusers", "systemd-tmpfiles"])

    def test_the_token_is_the_agents_before_the_agent_is_a_user_of_its_own(self):
        self.put(paths.TOKEN, "x")
        self.setup.agent({"files": self.FILES})
        # not only when it is started anew: an update may have been cut off before that
        steps = ["systemctl stop alias", "chown failover-agent", "chmod 0400", "systemctl start alias"]
        ran = [step for line in self.programs.ran for step in steps if line.startswith(step)]
        self.assertEqual(ran, steps)

    def test_what_the_agent_of_before_remembered_is_kept(self):
        self.put(paths.TOKEN, "x")
        os.makedirs(self.root + paths.RUN + "agent")
        for name in FORMER + ("metrics.prom",):
            self.put(paths.RUN + name, "old " + name)
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.read(paths.RUN + "agent/agent.json"), "old agent.json")
        self.assertEqual(self.read(paths.RUN + "agent/holder"), "old holder")
        self.assertEqual(sorted(os.listdir(self.root + paths.RUN)), ["agent", "metrics.prom"])
        self.assertEqual(os.readlink(self.root + paths.RUN + "metrics.prom"), "agent/metrics.prom")
        self.put(paths.RUN + "agent.json", "older")
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.read(paths.RUN + "agent/agent.json"), "old agent.json")

    def test_an_agent_that_is_root_again_can_read_its_token(self):
        self.put("/etc/systemd/system/alias-switch.service", "[Service]\n")
        self.put(paths.TOKEN, "x")
        self.put(paths.RUN + "agent.json", "kept")
        self.programs.answers = {paths.LIB + "/alias-switch check-token": (2, "no route")}
        with self.assertRaises(Failed):
            self.setup.agent({"files": self.FILES})
        token = self.root + paths.TOKEN
        self.assertEqual(self.programs.ran[-3:-1], ["chown -h root: " + token, "chmod 0600 " + token])
        self.assertEqual(self.read(paths.RUN + "agent.json"), "kept")

    def test_users_that_cannot_be_made_put_everything_back(self):
        self.put(paths.LIB + "/alias-switch", "old")
        self.programs.answers = {"systemd-sysusers": (1, "read-only file system")}
        with self.assertRaisesRegex(Failed, "read-only"):
            self.setup.agent({"files": self.FILES + [{"path": "/etc/sysusers.d/x.conf", "mode": "0644", "content": ""}]})
        self.assertEqual(self.read(paths.LIB + "/alias-switch"), "old")

    def test_modules_of_before_go_when_all_is_well_and_stay_when_it_is_not(self):
        modules = ["%s/%s.py" % (paths.LIB, name) for name in FORMER_MODULES]
        for path in (*modules, paths.LIB + "/check-http"):
            self.put(path, "old")
        self.put(paths.TOKEN, "x")
        self.programs.answers = {paths.LIB + "/alias-switch check-token": (2, "no route")}
        with self.assertRaises(Failed):
            self.setup.agent({"files": self.FILES})
        self.assertTrue(all(map(self.setup.exists, modules)))
        self.programs.answers = {}
        self.setup.agent({"files": self.FILES})
        self.assertFalse(any(map(self.setup.exists, modules)))
        self.assertTrue(self.setup.exists(paths.LIB + "/check-http"))

    def test_a_packed_file_is_unpacked(self):
        packed = base64.b64encode(b"PK\xff").decode()
        path = "/etc/failover-pair/large"
        self.setup.agent({"files": self.FILES + [{"path": path, "mode": "0644", "base64": packed}]})
        self.assertEqual(self.setup.held(path), (0o644, b"PK\xff"))

    def test_files_that_do_not_work_are_put_back(self):
        agent = paths.LIB + "/alias-switch"
        self.put(agent, "old")
        self.put(paths.TOKEN, "x")
        for command, answer in ((agent + " prepare", (3, "syntax error")), (agent + " check-token", (2, "no route"))):
            self.programs.ran.clear()
            self.programs.answers = {command: answer}
            with self.assertRaisesRegex(Failed, "(?s)%s.*from before" % answer[1]):
                self.setup.agent({"files": self.FILES})
            self.assertEqual(self.read(agent), "old")
            self.assertEqual(self.programs.ran[-1], "systemctl restart alias-switch.service")

    def package(self, *lines):
        """An archive that says where its module `said` comes from, as node-setup gets it."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("failover_pair/__init__.py", programs.source()["failover_pair/__init__.py"])
            archive.writestr("failover_pair/said.py", "\n".join([*lines, "print(__file__)"]))
        return {"path": paths.PACKAGE, "mode": "0644", "base64": base64.b64encode(made.getvalue()).decode()}

    def says(self):
        script = "import sys; sys.path.insert(0, sys.argv[1]); import failover_pair.said"
        words = [sys.executable, "-IS", "-c", script, self.root + paths.PACKAGE]
        done = subprocess.run(words, capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.replace(self.root, "").split()

    def test_the_package_is_compiled_once_for_each_archive(self):
        self.setup.agent({"files": [*self.FILES, self.package()]})
        (first,) = self.says()
        self.assertRegex(first, r"/failover-pair\.%s-\d+\.zip/failover_pair/said\.pyc$" % sys.implementation.cache_tag)
        before = os.stat(self.root + os.path.dirname(os.path.dirname(first))).st_mtime_ns
        self.setup.agent({"files": [*self.FILES, self.package()]})
        self.assertEqual(os.stat(self.root + os.path.dirname(os.path.dirname(first))).st_mtime_ns, before)
        self.setup.agent({"files": [*self.FILES, self.package("print('new')")]})
        new, second = self.says()
        self.assertNotEqual((new, second), ("new", first))
        found = [name for name in os.listdir(self.root + paths.LIB) if name.endswith(".zip")]
        self.assertEqual(found, [second.split("/")[-3]])

    def test_compiled_modules_do_not_outlive_an_archive_that_another_program_replaces(self):
        self.setup.agent({"files": [*self.FILES, self.package()]})
        self.setup.write(paths.PACKAGE, "0644", base64.b64decode(self.package("print('new')")["base64"]))
        self.assertEqual(self.says(), ["new", paths.PACKAGE + "/failover_pair/said.py"])

    def test_a_token_that_is_refused_is_left_to_the_next_step(self):
        self.put(paths.TOKEN, "x")
        self.programs.answers = {paths.LIB + "/alias-switch check-token": (1, "refused")}
        self.setup.agent({"files": self.FILES})

    def test_the_hooks_of_a_unit_that_is_watched_no_more_are_removed(self):
        old, own = "/etc/systemd/system/apache2.service.d", "/etc/systemd/system/haproxy.service.d"
        new = "/etc/systemd/system/nginx.service.d/failover-pair.conf"
        self.programs.answers = {"systemctl is-active nginx.service": (0, "active\n")}
        for path in (old + "/failover-pair.conf", own + "/failover-pair.conf", own + "/mine.conf"):
            self.put(path, "")
        self.setup.agent({"files": self.FILES + [{"path": new, "mode": "0644", "content": ""}]})
        self.assertFalse(os.path.exists(self.root + old))
        self.assertEqual(os.listdir(self.root + own), ["mine.conf"])
        self.assertTrue(os.path.exists(self.root + new))
        units = [line for line in self.programs.ran if "failover-pair-handover@" in line]
        stopped = ["systemctl stop failover-pair-handover@%s.service" % name for name in ("apache2", "haproxy")]
        self.assertCountEqual(units[:-1], stopped)
        self.assertEqual(units[-1], "systemctl start failover-pair-handover@nginx.service")
        self.programs.ran.clear()
        self.setup.agent({"files": self.FILES})
        self.assertFalse(os.path.exists(self.root + new))
        self.assertEqual(self.programs.count("systemctl daemon-reload"), 1)

    def test_a_service_that_is_stopped_is_not_started_by_being_watched(self):
        drop_in = {"path": "/etc/systemd/system/nginx.service.d/failover-pair.conf", "mode": "0644", "content": ""}
        self.programs.answers = {"systemctl is-active": (3, "inactive\n")}
        self.setup.agent({"files": self.FILES + [drop_in]})
        self.assertEqual(self.programs.count("systemctl start failover-pair-handover@"), 0)

    def test_the_token_is_in_no_argument(self):
        self.setup.token("s3cr3t")
        self.assertFalse(any("s3cr3t" in line for line in self.programs.ran))
        self.assertEqual(self.programs.stdin[paths.LIB + "/alias-switch set-token"], "s3cr3t")

    def test_a_refused_token_starts_nothing(self):
        self.programs.answers[paths.LIB + "/alias-switch set-token"] = (1, "this token may only read")
        with self.assertRaisesRegex(Failed, "may only read"):
            self.setup.token("s3cr3t")
        self.assertEqual(self.programs.count("systemctl"), 0)


class Bridge(WithRoot):
    UNIT = "/etc/systemd/system/failover-pair-bridge.service"
    PROGRAM = BRIDGE
    OFF = [{"path": "/etc/failover-pair/config.json", "mode": "0644", "content": "{}"}]
    ON = OFF + [
        {"path": PROGRAM, "mode": "0755", "content": "1"},
        {"path": UNIT, "mode": "0644", "content": "[Unit]"},
    ]

    def test_is_started_and_restarted_only_for_what_it_reads(self):
        for _ in range(2):
            self.setup.agent({"files": self.ON})
        self.assertEqual(self.programs.count("systemctl restart failover-pair-bridge"), 1)
        self.assertEqual(self.programs.count("systemctl start failover-pair-bridge"), 1)

    def test_the_guard_stands_before_it_and_is_there_without_it(self):
        for files in (self.ON, self.OFF):
            self.programs.ran.clear()
            self.setup.agent({"files": files})
            started = [line for line in self.programs.ran if line.startswith(("systemctl start", "systemctl restart"))]
            self.assertRegex(started[0], "failover-pair-guard.service$")
            self.assertIn("systemctl enable --quiet failover-pair-guard.service", self.programs.ran)

    def test_an_update_that_fails_leaves_no_guard_where_there_was_none(self):
        self.programs.answers["systemctl restart failover-pair-bridge"] = (1, "no tc")
        guard = {"path": "/etc/systemd/system/failover-pair-guard.service", "mode": "0644", "content": "[Unit]"}
        with self.assertRaisesRegex(Failed, "no tc"):
            self.setup.agent({"files": [*self.ON, guard]})
        ran = self.programs.ran
        gone = ran.index("nft delete table ip failover-pair-guard")
        self.assertLess(ran.index("systemctl stop failover-pair-guard.service"), gone)
        self.assertLess(gone, ran.index("ip link delete vip-tunnel"))
        self.assertLess(gone, ran.index("systemctl stop failover-pair-bridge.service"))

    def test_leaves_no_trace_when_it_is_not_wanted_any_more(self):
        self.setup.agent({"files": self.ON})
        self.programs.ran.clear()
        self.setup.agent({"files": self.OFF})
        ran = self.programs.ran
        stop = ran.index("systemctl disable --quiet --now failover-pair-bridge.service")
        self.assertLess(stop, ran.index(self.PROGRAM + " remove"))
        self.assertFalse(any(os.path.exists(self.root + path) for path in (self.UNIT, self.PROGRAM)))
        self.programs.ran.clear()
        self.setup.agent({"files": self.OFF})
        self.assertEqual(self.programs.count("systemctl disable"), 0)

    def test_one_that_does_not_start_is_put_back(self):
        self.programs.answers["systemctl restart failover-pair-bridge"] = (1, "no VXLAN")
        with self.assertRaisesRegex(Failed, "no VXLAN"):
            self.setup.agent({"files": self.ON})
        self.assertFalse(os.path.exists(self.root + self.UNIT))


class Configuring(WithRoot):
    DOCUMENT = {"address": "10.0.1.2", "service": "nginx.service", "files": []}
    DOCUMENT["keepalivedConf"] = "interface @INTERFACE@\n"

    def setUp(self):
        super().setUp()
        self.programs.answers[paths.LIB + "/wait-address 10.0.1.2"] = (0, "ens10\n")
        self.programs.answers["systemctl show"] = self.show
        # keepalived first tries a new configuration out, then tells systemd that it reloads, then that it has
        self.then = [("active", 7), ("active", 7), ("reloading", 8), ("active", 9)]

    def show(self):
        active, changed = self.then.pop(0) if len(self.then) > 1 else self.then[0]
        return 0, "ActiveState=%s\nStateChangeTimestampMonotonic=%d\n" % (active, changed)


class Configure(Configuring):
    def test_names_the_nic_tries_it_out_and_starts(self):
        self.programs.answers["systemctl is-active"] = (3, "")
        self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "interface ens10\n")
        ran = [line.split()[:2] for line in self.programs.ran]
        self.assertLess(ran.index(["keepalived", "-t"]), ran.index(["systemctl", "restart"]))
        self.assertEqual(self.programs.count(paths.LIB + "/service-hook check nginx.service"), 1)
        self.assertEqual(os.listdir(self.root + "/etc/keepalived"), ["keepalived.conf"])

    def test_reloads_only_a_change(self):
        self.setup.configure(self.DOCUMENT)
        self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.programs.count("systemctl kill --kill-who=main --signal=HUP keepalived"), 1)
        self.assertEqual(self.programs.count("systemctl restart"), 0)

    def test_looks_at_the_node_only_when_the_new_configuration_is_in_force(self):
        self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.then, [("active", 9)])
        ran = [line.split()[:2] for line in self.programs.ran]
        self.assertEqual(ran[-2:], [["systemctl", "show"], [paths.LIB + "/alias-switch", "wait-healthy"]])

    def test_only_for_the_node_that_is_changed_first_may_the_other_one_be_new(self):
        for first in (False, True):
            self.setup.configure({**self.DOCUMENT, "changedFirst": first})
            self.assertEqual("--peer-may-be-new" in self.programs.ran[-1], first)

    def test_a_configuration_that_a_running_keepalived_refuses_is_taken_back(self):
        self.put(CONF, "old\n")
        self.then = [("active", 7)]
        with self.assertRaisesRegex(Failed, "has not taken the configuration within 10 s"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "old\n")
        self.assertEqual(self.programs.count(paths.LIB + "/alias-switch wait-healthy"), 0)

    def test_a_refused_configuration_replaces_nothing(self):
        self.put(CONF, "old\n")
        self.programs.answers["keepalived -t"] = (5, "unknown keyword")
        with self.assertRaisesRegex(Failed, "unknown keyword"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "old\n")
        self.assertEqual(self.programs.count("systemctl re"), 0)

    def test_goes_back_when_the_node_does_not_become_healthy(self):
        self.put(CONF, "old\n")
        self.programs.answers[paths.LIB + "/alias-switch wait-healthy"] = (1, "alias not here")
        self.programs.answers["journalctl"] = (0, "the journal")
        with self.assertRaisesRegex(Failed, "(?s)alias not here.*from before is in force.*the journal"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "old\n")

    def test_a_first_configuration_that_fails_is_removed(self):
        self.programs.answers[paths.LIB + "/alias-switch wait-healthy"] = (1, "no")
        with self.assertRaisesRegex(Failed, "removed again"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.programs.count("systemctl disable --now"), 1)
        self.assertFalse(os.path.exists(self.root + CONF))

    def test_a_check_that_fails_is_found_before_anything_is_changed(self):
        self.put(CONF, "old\n")
        check = paths.CHECKS + "/up"
        self.put(check, "old check")
        self.programs.answers[self.root + check + ".trial"] = (7, "no answer")
        files = [{"path": check, "mode": "0755", "content": "new check"}]
        with self.assertRaisesRegex(Failed, "(?s)the check up fails on .*exit 7.*no answer"):
            self.setup.configure({**self.DOCUMENT, "files": files})
        self.assertEqual((self.read(CONF), self.read(check)), ("old\n", "old check"))
        self.assertEqual(os.listdir(self.root + paths.CHECKS), ["up"])
        self.assertEqual(self.programs.count("systemctl"), 0)

    def test_a_check_is_tried_again_while_a_service_starts(self):
        codes = [1, 1, 0]
        check = paths.CHECKS + "/up"
        self.programs.answers[self.root + check + ".trial"] = lambda: (codes.pop(0), "")
        self.setup.configure({**self.DOCUMENT, "files": [{"path": check, "mode": "0755", "content": "x"}]})
        self.assertEqual((codes, self.read(check)), ([], "x"))

    def test_goes_back_to_the_checks_from_before_too(self):
        check = paths.CHECKS + "/up"
        self.put(CONF, "old\n")
        self.put(check, "old check")
        self.programs.answers[paths.LIB + "/alias-switch wait-healthy"] = (1, "no")
        with self.assertRaises(Failed):
            self.setup.configure({**self.DOCUMENT, "files": [{"path": check, "mode": "0755", "content": "x"}]})
        self.assertEqual((self.read(CONF), self.read(check)), ("old\n", "old check"))


    def test_a_check_that_keepalived_would_not_run_is_refused_with_the_way_out(self):
        self.put(CONF, "old\n")
        words = "the check up: others than root may write to /usr/local: chmod go-w /usr/local"
        self.programs.answers[paths.LIB + "/alias-switch refused"] = (1, words)
        with self.assertRaisesRegex(Failed, "chmod go-w /usr/local"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual((self.read(CONF), self.programs.count("keepalived")), ("old\n", 0))

    def test_checks_that_no_configuration_runs_are_removed_once_the_node_is_well(self):
        former, gone, kept = paths.LIB + "/checks/up", paths.CHECKS + "/gone", paths.CHECKS + "/up"
        for path in (former, gone):
            self.put(path, "x")
        document = {**self.DOCUMENT, "files": [{"path": kept, "mode": "0755", "content": "x"}]}
        self.programs.answers[paths.LIB + "/alias-switch wait-healthy"] = (1, "no")
        with self.assertRaises(Failed):
            self.setup.configure(document)
        self.assertEqual([self.setup.exists(path) for path in (former, gone, kept)], [True, True, False])
        del self.programs.answers[paths.LIB + "/alias-switch wait-healthy"]
        self.then = [("active", 7), ("active", 9)]
        self.setup.configure(document)
        self.assertEqual([self.setup.exists(path) for path in (former, gone, kept)], [False, False, True])
        self.assertFalse(self.setup.exists(paths.LIB + "/checks"))

    def test_an_update_says_what_the_node_does_about_its_nic(self):
        self.programs.answers[paths.LIB + "/wait-address 10.0.1.2"] = (1, "no NIC has the address")
        self.programs.answers["journalctl --no-pager -n 5 -o cat -u failover-pair-nic"] = (0, "the cloud has no NIC")
        with self.assertRaisesRegex(Failed, "(?s)after 120 s; the node goes on.*the cloud has no NIC"):
            self.setup.configure(self.DOCUMENT)

    def test_its_name_is_the_last_line(self):
        self.programs.answers[paths.LIB + "/wait-address 10.0.1.2"] = (0, "no NIC yet\nens10\n")
        self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "interface ens10\n")


class NewChecks(Configuring):
    """keepalived 2.2.4 takes a check that comes with a reload for failed until it has run, and hands over."""

    CHECK = "vrrp_script %s {\n    script \"/etc/failover-pair/checks/%s\"\n    rise 2\n    weight 0\n}\n"
    REST = "track_file drain {\n    weight 0\n}\n"

    def conf(self, *names):
        return "".join(self.CHECK % (name, name) for name in names) + self.REST

    def weights(self, before, after):
        """What each reload finds: {block: weight}."""
        found = []
        self.put(CONF, before)

        def kill():
            found.append(dict(re.findall(r"(?ms)^\w+ (\w+) \{$.*?weight (\d)", self.read(CONF))))
            self.then = [("reloading", 8 + 2 * len(found)), ("active", 9 + 2 * len(found))]
            return 0, ""

        self.programs.answers["systemctl kill"] = kill
        self.setup.configure({**self.DOCUMENT, "keepalivedConf": after})
        self.assertEqual(self.read(CONF), after)
        return found

    def test_has_no_power_before_it_has_run(self):
        first, then = self.weights(self.conf("old"), self.conf("old", "new"))
        self.assertEqual(first, {"old": "0", "new": "1", "drain": "0"})
        self.assertEqual(then, {"old": "0", "new": "0", "drain": "0"})

    def test_what_was_there_or_goes_needs_one_reload(self):
        self.assertEqual(len(self.weights(self.conf("old", "gone"), self.conf("old"))), 1)

    def test_nor_does_a_keepalived_that_is_not_running(self):
        self.programs.answers["systemctl is-active"] = (3, "")
        self.assertEqual(self.weights("", self.conf("new")), [])


class HollowService(WithRoot):
    """A unit whose being active says nothing: with a systemctl that knows these."""

    UNITS = {
        "nginx.service": "LoadState=loaded Type=forking RemainAfterExit=no ActiveState=active SubState=running",
        "postgresql.service": "LoadState=loaded Type=oneshot RemainAfterExit=yes ActiveState=active SubState=exited "
        "ConsistsOf=postgresql@15-main.service,postgresql@14-old.service Wants=postgresql@15-main.service",
        "postgresql@15-main.service": "LoadState=loaded Type=forking RemainAfterExit=no ActiveState=active SubState=running",
        "postgresql@14-old.service": "LoadState=loaded Type=forking RemainAfterExit=no ActiveState=inactive SubState=dead",
        "once.service": "LoadState=loaded Type=oneshot RemainAfterExit=no ActiveState=inactive SubState=dead",
        "legacy.service": "LoadState=loaded Type=forking RemainAfterExit=yes ActiveState=active SubState=running",
        "gone.service": "LoadState=not-found ActiveState=inactive SubState=dead Type= RemainAfterExit=no",
        "off.service": "LoadState=masked ActiveState=inactive SubState=dead",
        "idle.service": "LoadState=loaded Type=simple RemainAfterExit=no ActiveState=inactive SubState=dead",
    }

    def setUp(self):
        super().setUp()
        run = self.programs

        def answer(arguments, **options):
            code, output = run(arguments, **options)
            return (0, self.show(arguments[3:])) if arguments[:2] == ["systemctl", "show"] else (code, output)

        self.setup.run = answer

    def show(self, units):
        one = lambda unit: ["Id=" + unit, *self.UNITS[unit].split()]
        return "\n\n".join("\n".join(one(unit)).replace(",", " ") for unit in units) + "\n"

    def agent(self, unit):
        hook = {"path": "/etc/systemd/system/%s.d/failover-pair.conf" % unit, "mode": "0644", "content": ""}
        self.setup.agent({"files": [*Agent.FILES, hook]})

    def test_is_refused_before_anything_is_changed_and_the_unit_behind_it_is_named(self):
        for unit, words in (
            ("postgresql.service", r"umbrella \(Type=oneshot, RemainAfterExit=yes\).*; name postgresql@15-main.service: noth"),
            ("once.service", "umbrella"),
            ("legacy.service", "umbrella"),
            ("gone.service", "does not exist; install and name"),
            ("off.service", "masked"),
        ):
            with self.assertRaisesRegex(Failed, "%s on .*%s" % (unit, words)):
                self.agent(unit)
            self.assertFalse(self.setup.exists(paths.LIB + "/alias-switch"))

    def test_what_runs_or_will_is_taken(self):
        for unit in ("nginx.service", "postgresql@15-main.service", "idle.service"):
            self.agent(unit)

    def test_kinds_that_serve_nothing_themselves(self):
        for unit in ("web.target", "web.socket", "web.timer"):
            self.assertIn("is a %s" % unit.rpartition(".")[2], hollow(unit, {"LoadState": "loaded"}))
        self.assertIn("is a template", hollow("web@.service", {}))


class StandAside(Configuring):
    """What both nodes have to agree upon is changed."""

    CONF = """vrrp_instance web {
    unicast_src_ip 10.0.1.3
    unicast_peer {
        10.0.1.2
    }
    virtual_router_id %d
    advert_int %s
    virtual_ipaddress {
        %s/32 dev @INTERFACE@
    }
}
"""
    DRAIN, UNDRAIN = paths.LIB + "/alias-switch drain", paths.LIB + "/alias-switch undrain"

    def setUp(self):
        super().setUp()
        self.put(CONF, (self.CONF % (7, "0.5", "10.0.1.1")).replace("@INTERFACE@", "ens10"))

    def change(self, router=7, interval="0.5", vip="10.0.1.1", **more):
        document = {**self.DOCUMENT, "keepalivedConf": self.CONF % (router, interval, vip), "changedFirst": True, **more}
        with redirect_stdout(io.StringIO()) as said:
            self.setup.configure(document)
        return said.getvalue()

    def test_only_the_node_that_is_changed_first_and_only_then(self):
        self.assertEqual(self.change(interval="0.2"), "")
        self.then = [("active", 9), ("active", 11)]
        self.assertEqual(self.change(router=8, changedFirst=False), "")
        self.assertEqual(self.programs.count(self.DRAIN), 0)

    def test_until_the_other_one_is_changed_too(self):
        for change in ({"router": 8}, {"vip": "10.0.1.9"}):
            self.programs.ran.clear()
            self.then = [("active", 7), ("active", 9)]
            self.assertRegex(self.change(**change), r"stands aside .*: \d+\n")
            ran = [line.split(" --")[0] for line in self.programs.ran]
            self.assertLess(ran.index(self.DRAIN), ran.index("systemctl kill"))
            self.setup.join()
            self.assertEqual(self.programs.count(self.UNDRAIN), 1)
            self.setup.join()
            self.assertEqual(self.programs.count(self.UNDRAIN), 1)

    def test_again_if_the_other_one_was_not_reached(self):
        first, second = self.change(router=8), self.change(router=8)
        self.assertTrue(second)
        self.assertNotEqual(first, second)
        self.assertEqual(self.programs.count(self.DRAIN), 1)

    def test_not_while_it_serves(self):
        self.programs.answers["ip -o -4 address show to 10.0.1.1"] = (0, "2: ens10 inet 10.0.1.1/32\n")
        before = self.read(CONF)
        with self.assertRaisesRegex(Failed, r"virtual_router_id 7 → 8\).*npx failover switchover"):
            self.change(router=8)
        self.assertEqual((self.read(CONF), self.programs.count(self.DRAIN)), (before, 0))

    def test_a_drain_of_somebody_else_is_not_ended(self):
        self.put(paths.DRAIN, "1\n")
        self.assertEqual(self.change(router=8), "")
        self.setup.join()
        self.assertEqual(self.programs.count(self.UNDRAIN), 0)

    def test_no_more_when_it_is_taken_back(self):
        self.programs.answers[paths.LIB + "/alias-switch wait-healthy"] = (1, "no")
        with self.assertRaisesRegex(Failed, "from before is in force"):
            self.change(router=8)
        self.assertEqual(self.programs.count(self.UNDRAIN), 1)
        self.assertFalse(self.setup.exists(paths.ASIDE))


def open_and_read(path):
    with open(path) as file:
        return file.read()


class WaitAddress(unittest.TestCase):
    def test_finds_the_nic_that_is_up(self):
        links = [
            {"ifname": "lo", "flags": ["UP"], "addr_info": [{"local": "127.0.0.1"}]},
            {"ifname": "ens9", "flags": [], "addr_info": [{"local": "10.0.1.2"}]},
            {"ifname": "ens10", "flags": ["UP"], "addr_info": [{"local": "10.0.1.2"}, {"local": "10.0.1.1"}]},
        ]
        self.assertEqual(wait_address.interface_of("10.0.1.2", links), "ens10")
        self.assertIsNone(wait_address.interface_of("10.0.1.20", links))

    def test_a_nic_without_a_way_to_the_peer_is_looked_after(self):
        for said, leads in ((b'[{"dev": "ens10"}]', True), (b'[{"dev": "eth0"}]', False), (b"", False)):
            done = subprocess.CompletedProcess([], 0, stdout=said)
            with mock.patch.object(wait_address.subprocess, "run", lambda *_, done=done, **__: done):
                self.assertEqual(wait_address.leads_to("10.0.1.3", "ens10"), leads)

    def test_gives_up_in_time(self):
        with redirect_stderr(io.StringIO()) as said:
            self.assertEqual(wait_address.main(["203.0.113.77", "0"]), 1)
        self.assertIn("203.0.113.77", said.getvalue())


    CONF = """# Written by FailoverPair "web"
vrrp_instance web {
    interface ens10
    virtual_ipaddress {
        10.0.1.1/32 dev ens10
    }
    virtual_ipaddress_excluded {
        10.0.1.9/32 dev ens10
    }
}
"""

    def put_in(self, conf, name):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "keepalived.conf")
            with open(path, "w") as file:
                file.write(conf)
            os.chmod(path, 0o640)
            before = os.stat(path)
            with redirect_stderr(io.StringIO()):
                changed = wait_address.put_in(name, path)
            after = os.stat(path)
            self.assertEqual(os.listdir(folder), ["keepalived.conf"])
            self.assertEqual(before.st_mode, after.st_mode)
            self.assertEqual(changed, before.st_ino != after.st_ino)
            return open_and_read(path)

    def test_a_nic_with_another_name_is_put_into_the_configuration(self):
        self.assertEqual(self.put_in(self.CONF, "enp7s0"), self.CONF.replace("ens10", "enp7s0"))
        self.assertEqual(self.put_in(self.CONF, "ens10"), self.CONF)
        theirs = self.CONF.replace("# Written by FailoverPair", "# mine")
        self.assertEqual(self.put_in(theirs, "enp7s0"), theirs)

    def test_no_configuration_is_no_fault(self):
        self.assertFalse(wait_address.put_in("ens10", "/nowhere/keepalived.conf"))

    def test_the_reviewed_configurations_have_all_their_nics_renamed(self):
        golden = os.path.join(programs.FOLDER, "..", "test", "unit", "components", "render", "golden")
        for name in ("bare.conf", "full.conf", "nginx0.conf", "nginx1.conf"):
            conf = open_and_read(os.path.join(golden, name))
            self.assertIn("@INTERFACE@", conf)
            self.assertEqual(wait_address.named(conf, "enp7s0"), conf.replace("@INTERFACE@", "enp7s0"))


class ServiceHook(unittest.TestCase):
    """With a systemctl and a systemd-run that only say what the test wants."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.program("systemctl", 'case $1 in list-jobs) echo "$JOBS" ;; show) echo "$SHOW" ;; esac')
        self.program("systemd-run", 'echo "$@" >"%s/started"' % self.folder)

    def program(self, name, body):
        self.write(name, "#!/bin/sh\n%s\n" % body)
        os.chmod(os.path.join(self.folder, name), 0o755)

    def write(self, name, content):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(content)

    def hook(self, verb, *words, **env):
        hook = os.path.join(programs.FOLDER, "service-hook")
        command = ["/bin/sh", hook, "--test", self.folder, verb, "nginx.service", *words]
        subprocess.run(command, env={"FAILOVER_PAIR_RUN": "/nowhere", "PATH": "/nowhere", **env}, check=True, timeout=10)
        return open_and_read(os.path.join(self.folder, "service")).strip()

    ACTIVE = "ActiveState=active\nSubState=running\nActiveEnterTimestampMonotonic=7"

    def test_started_and_crashed(self):
        self.assertEqual(self.hook("up"), "0")
        for state in ("ActiveState=failed\nSubState=failed", "ActiveState=deactivating\nSubState=stop-post", ""):
            self.write("service", "0\n")
            self.assertEqual(self.hook("down", SHOW=state, JOBS="7 nginx.service restart waiting"), "1", state)
        self.assertEqual(self.hook("up"), "0")

    def test_a_service_without_a_process_has_crashed_and_systemd_is_not_asked(self):
        os.mkdir(os.path.join(self.folder, "slice"))
        self.write("slice/cgroup.events", "populated 1\nfrozen 0\n")
        self.assertEqual(self.hook("up", SHOW="/slice"), "0")
        self.assertEqual(self.hook("down", SHOW=self.ACTIVE), "0")
        self.program("systemctl", "exit 1")
        self.write("slice/cgroup.events", "populated 0\nfrozen 0\n")
        self.assertEqual(self.hook("down"), "1")
        self.write("service", "0\n")
        shutil.rmtree(os.path.join(self.folder, "slice"))
        self.assertEqual(self.hook("down"), "1")

    def test_a_service_whose_processes_are_elsewhere_is_not_taken_for_dead(self):
        self.assertEqual(self.hook("up", SHOW="/nowhere"), "0")
        self.assertEqual(self.hook("down", SHOW=self.ACTIVE), "0")

    def test_about_to_be_stopped(self):
        self.write("service", "0\n")
        self.assertEqual(self.hook("down", SHOW=self.ACTIVE, JOBS="7 nginx.service stop waiting"), "1")

    def test_a_restart_that_is_about_to_begin_is_given_half_a_second(self):
        self.write("service", "0\n")
        self.assertEqual(self.hook("down", SHOW=self.ACTIVE, JOBS="  7 nginx.service restart waiting"), "0")
        self.assertIn("restarting nginx.service 7", open_and_read(os.path.join(self.folder, "started")))

    def test_a_restart_counts_at_once_if_nothing_would_look_again(self):
        self.program("systemd-run", "exit 1")
        self.write("service", "0\n")
        self.assertEqual(self.hook("down", SHOW=self.ACTIVE, JOBS="7 nginx.service restart waiting"), "1")

    def test_the_unit_that_tells_is_stopped_by_itself(self):
        self.write("service", "0\n")
        jobs = "8 failover-pair-handover@nginx.service stop running\n9 xnginx.service stop waiting"
        self.assertEqual(self.hook("down", SHOW=self.ACTIVE, JOBS=jobs), "0")

    def test_a_restart_that_ends_well(self):
        self.write("service", "0\n")
        self.assertEqual(self.hook("restarting", "6", SHOW=self.ACTIVE), "0")

    def test_a_restart_that_fails_counts_before_half_a_second_is_over(self):
        for state in ("ActiveState=failed\nSubState=failed", "ActiveState=activating\nSubState=auto-restart"):
            self.write("service", "0\n")
            began = time.monotonic()
            self.assertEqual(self.hook("restarting", "6", SHOW=state), "1")
            self.assertLess(time.monotonic() - began, 0.4)

    def test_a_restart_that_lasts_counts_after_half_a_second(self):
        for state in (self.ACTIVE, "ActiveState=deactivating\nSubState=stop-sigterm", "ActiveState=activating\nSubState=start"):
            self.write("service", "0\n")
            self.assertEqual(self.hook("restarting", "7", SHOW=state), "1", state)

    def test_looking(self):
        for state, expected in (
            ("ActiveState=active\nSubState=running", "0"),
            ("ActiveState=activating\nSubState=start", "1"),
            ("ActiveState=activating\nSubState=start-post", "0"),
            ("ActiveState=inactive\nSubState=dead", "1"),
            ("ActiveState=failed\nSubState=failed", "1"),
        ):
            self.assertEqual(self.hook("check", SHOW=state), expected, state)

    def test_the_environment_decides_nothing(self):
        """It may be another user's; and the lock is for root alone."""
        hook = os.path.join(programs.FOLDER, "service-hook")
        with open(hook) as file:
            source = file.read()
        self.assertNotRegex(source, r"\$\{?(FAILOVER|SERVICE_RESULT)")
        self.assertEqual(self.hook("up"), "0")
        self.assertEqual(os.stat(os.path.join(self.folder, "service.lock")).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.join(self.folder, "service")).st_mode & 0o777, 0o644)

    def test_the_watched_unit_runs_nothing_of_ours(self):
        with open(os.path.join(programs.FOLDER, "systemd", "tracked-service.conf")) as file:
            found = [line.split("=")[0] for line in file.read().splitlines() if "=" in line and line[0] != "#"]
        self.assertEqual(found, ["Before", "Wants"])


if __name__ == "__main__":
    unittest.main()
