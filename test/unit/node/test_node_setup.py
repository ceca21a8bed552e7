"""node-setup and the small helpers, in a folder that stands for / and with a systemd that only writes down."""

import base64
import contextlib
import gzip
import io
import os
import stat
import subprocess
import tempfile
import threading
import unittest
from contextlib import redirect_stderr, redirect_stdout
from http.server import BaseHTTPRequestHandler, HTTPServer

import programs

setup = programs.load("node-setup")
check_http = programs.load("check-http")
wait_address = programs.load("wait-address")

CONF = "/etc/keepalived/keepalived.conf"


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

    def count(self, words):
        return sum(line.startswith(words) for line in self.ran)


class WithRoot(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root, self.programs = folder.name, Programs()
        os.makedirs(self.root + "/run")
        os.makedirs(self.root + "/usr/sbin")
        self.setup = setup.Setup(self.root, self.programs, sleep=lambda seconds: None)

    def read(self, path):
        with open(self.root + path) as file:
            return file.read()

    def put(self, path, content):
        self.setup.replace(path, 0o644, content.encode())


class Files(WithRoot):
    def test_writes_only_what_differs(self):
        self.assertTrue(self.setup.write("/etc/a/b", "0600", "x"))
        self.assertFalse(self.setup.write("/etc/a/b", "0600", "x"))
        self.assertTrue(self.setup.write("/etc/a/b", "0644", "x"))
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
        with self.assertRaisesRegex(setup.Failed, "(?s)keepalived.*E: no mirror"):
            self.setup.install({"packages": ["keepalived"], "installScript": None})
        self.assertEqual(self.programs.count("apt-get"), 5)

    def test_lets_in_the_keys_it_is_told_and_leaves_other_lines_alone(self):
        path, one, two, theirs = setup.AUTHORIZED_KEYS, "ssh-ed25519 AAAA1", "ssh-ed25519 AAAA2", 'from="::1" ssh-rsa AAAA3 x'
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

    def test_a_failing_script_fails_with_its_output(self):
        self.setup.run = setup.run
        with self.assertRaisesRegex(setup.Failed, "(?s)exit 7.*halfway"):
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
        {"path": setup.LIB + "/alias-switch", "mode": "0755", "content": "#!/bin/sh\n"},
        {"path": "/etc/systemd/system/alias-switch.service", "mode": "0644", "content": "[Unit]\n"},
        {"path": "/etc/sysctl.d/60-failover-pair.conf", "mode": "0644", "content": "a = 1\n"},
    ]

    def test_without_a_token_nothing_is_started(self):
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.programs.count("systemctl daemon-reload"), 1)
        self.assertEqual(self.programs.count("sysctl"), 1)
        self.assertEqual(self.programs.count("systemctl restart"), 0)
        self.assertEqual(os.readlink(self.root + "/usr/local/bin/alias-switch"), setup.LIB + "/alias-switch")

    def test_the_second_time_changes_nothing(self):
        self.put(setup.TOKEN, "x")
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.programs.count("systemctl restart alias-switch"), 1)
        self.programs.ran.clear()
        self.setup.agent({"files": self.FILES})
        self.assertEqual(self.programs.count("systemctl daemon-reload"), 0)
        self.assertEqual(self.programs.count("systemctl restart"), 0)

    def test_a_packed_file_is_unpacked(self):
        packed = base64.b64encode(gzip.compress("größer".encode())).decode()
        path = "/etc/failover-pair/large"
        self.setup.agent({"files": self.FILES + [{"path": path, "mode": "0644", "gzip": packed}]})
        self.assertEqual(self.read(path), "größer")

    def test_files_that_do_not_work_are_put_back(self):
        agent = setup.LIB + "/alias-switch"
        self.put(agent, "old")
        self.put(setup.TOKEN, "x")
        for command, answer in ((agent + " prepare", (3, "syntax error")), (agent + " check-token", (2, "no route"))):
            self.programs.ran.clear()
            self.programs.answers = {command: answer}
            with self.assertRaisesRegex(setup.Failed, "(?s)%s.*from before" % answer[1]):
                self.setup.agent({"files": self.FILES})
            self.assertEqual(self.read(agent), "old")
            self.assertEqual(self.programs.ran[-1], "systemctl restart alias-switch.service")

    def test_a_token_that_is_refused_is_left_to_the_next_step(self):
        self.put(setup.TOKEN, "x")
        self.programs.answers = {setup.LIB + "/alias-switch check-token": (1, "refused")}
        self.setup.agent({"files": self.FILES})

    def test_the_hooks_of_a_unit_that_is_watched_no_more_are_removed(self):
        old, own = "/etc/systemd/system/apache2.service.d", "/etc/systemd/system/haproxy.service.d"
        new = "/etc/systemd/system/nginx.service.d/failover-pair.conf"
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

    def test_the_token_is_in_no_argument(self):
        self.setup.token("s3cr3t")
        self.assertFalse(any("s3cr3t" in line for line in self.programs.ran))
        self.assertEqual(self.programs.stdin[setup.LIB + "/alias-switch set-token"], "s3cr3t")

    def test_a_refused_token_starts_nothing(self):
        self.programs.answers[setup.LIB + "/alias-switch set-token"] = (1, "this token may only read")
        with self.assertRaisesRegex(setup.Failed, "may only read"):
            self.setup.token("s3cr3t")
        self.assertEqual(self.programs.count("systemctl"), 0)


class Bridge(WithRoot):
    UNIT = "/etc/systemd/system/failover-pair-bridge.service"
    PROGRAM = setup.BRIDGE
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
        with self.assertRaisesRegex(setup.Failed, "no VXLAN"):
            self.setup.agent({"files": self.ON})
        self.assertFalse(os.path.exists(self.root + self.UNIT))


class Configuring(WithRoot):
    DOCUMENT = {"address": "10.0.1.2", "service": "nginx.service", "files": []}
    DOCUMENT["keepalivedConf"] = "interface @INTERFACE@\n"

    def setUp(self):
        super().setUp()
        self.programs.answers[setup.LIB + "/wait-address 10.0.1.2"] = (0, "ens10\n")
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
        self.assertEqual(self.programs.count(setup.LIB + "/service-hook check nginx.service"), 1)
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
        self.assertEqual(ran[-2:], [["systemctl", "show"], [setup.LIB + "/alias-switch", "wait-healthy"]])

    def test_a_configuration_that_a_running_keepalived_refuses_is_taken_back(self):
        self.put(CONF, "old\n")
        self.then = [("active", 7)]
        with self.assertRaisesRegex(setup.Failed, "has not taken the configuration within 10 s"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "old\n")
        self.assertEqual(self.programs.count(setup.LIB + "/alias-switch wait-healthy"), 0)

    def test_a_refused_configuration_replaces_nothing(self):
        self.put(CONF, "old\n")
        self.programs.answers["keepalived -t"] = (5, "unknown keyword")
        with self.assertRaisesRegex(setup.Failed, "unknown keyword"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "old\n")
        self.assertEqual(self.programs.count("systemctl re"), 0)

    def test_goes_back_when_the_node_does_not_become_healthy(self):
        self.put(CONF, "old\n")
        self.programs.answers[setup.LIB + "/alias-switch wait-healthy"] = (1, "alias not here")
        self.programs.answers["journalctl"] = (0, "the journal")
        with self.assertRaisesRegex(setup.Failed, "(?s)alias not here.*from before is in force.*the journal"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.read(CONF), "old\n")

    def test_a_first_configuration_that_fails_is_removed(self):
        self.programs.answers[setup.LIB + "/alias-switch wait-healthy"] = (1, "no")
        with self.assertRaisesRegex(setup.Failed, "removed again"):
            self.setup.configure(self.DOCUMENT)
        self.assertEqual(self.programs.count("systemctl disable --now"), 1)
        self.assertFalse(os.path.exists(self.root + CONF))

    def test_a_check_that_fails_is_found_before_anything_is_changed(self):
        self.put(CONF, "old\n")
        check = setup.LIB + "/checks/up"
        self.put(check, "old check")
        self.programs.answers[self.root + check + ".trial"] = (7, "no answer")
        files = [{"path": check, "mode": "0755", "content": "new check"}]
        with self.assertRaisesRegex(setup.Failed, "(?s)the check up fails on .*exit 7.*no answer"):
            self.setup.configure({**self.DOCUMENT, "files": files})
        self.assertEqual((self.read(CONF), self.read(check)), ("old\n", "old check"))
        self.assertEqual(os.listdir(self.root + setup.LIB + "/checks"), ["up"])
        self.assertEqual(self.programs.count("systemctl"), 0)

    def test_a_check_is_tried_again_while_a_service_starts(self):
        codes = [1, 1, 0]
        check = setup.LIB + "/checks/up"
        self.programs.answers[self.root + check + ".trial"] = lambda: (codes.pop(0), "")
        self.setup.configure({**self.DOCUMENT, "files": [{"path": check, "mode": "0755", "content": "x"}]})
        self.assertEqual((codes, self.read(check)), ([], "x"))

    def test_goes_back_to_the_checks_from_before_too(self):
        check = setup.LIB + "/checks/up"
        self.put(CONF, "old\n")
        self.put(check, "old check")
        self.programs.answers[setup.LIB + "/alias-switch wait-healthy"] = (1, "no")
        with self.assertRaises(setup.Failed):
            self.setup.configure({**self.DOCUMENT, "files": [{"path": check, "mode": "0755", "content": "x"}]})
        self.assertEqual((self.read(CONF), self.read(check)), ("old\n", "old check"))


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
    DRAIN, UNDRAIN = setup.LIB + "/alias-switch drain", setup.LIB + "/alias-switch undrain"

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
        with self.assertRaisesRegex(setup.Failed, r"virtual_router_id 7 → 8\).*npx failover switchover"):
            self.change(router=8)
        self.assertEqual((self.read(CONF), self.programs.count(self.DRAIN)), (before, 0))

    def test_a_drain_of_somebody_else_is_not_ended(self):
        self.put(setup.DRAIN, "1\n")
        self.assertEqual(self.change(router=8), "")
        self.setup.join()
        self.assertEqual(self.programs.count(self.UNDRAIN), 0)

    def test_no_more_when_it_is_taken_back(self):
        self.programs.answers[setup.LIB + "/alias-switch wait-healthy"] = (1, "no")
        with self.assertRaisesRegex(setup.Failed, "from before is in force"):
            self.change(router=8)
        self.assertEqual(self.programs.count(self.UNDRAIN), 1)
        self.assertFalse(self.setup.exists(setup.ASIDE))


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

    def test_gives_up_in_time(self):
        with redirect_stderr(io.StringIO()) as said:
            self.assertEqual(wait_address.main(["203.0.113.77", "0"]), 1)
        self.assertIn("203.0.113.77", said.getvalue())


class CheckHttp(unittest.TestCase):
    def setUp(self):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/slow":
                    threading.Event().wait(0.6)
                self.send_response(int(self.path[1:]) if self.path[1:].isdigit() else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.base = "http://127.0.0.1:%d" % server.server_port

    def check(self, *arguments):
        with redirect_stderr(io.StringIO()):
            return check_http.main(list(arguments))

    def test_statuses(self):
        for status, code in ((200, 0), (302, 0), (399, 0), (404, 1), (503, 1)):
            self.assertEqual(self.check("%s/%d" % (self.base, status)), code, status)

    def test_time_out_and_nobody_there(self):
        self.assertEqual(self.check("--timeout", "0.2", self.base + "/slow"), 1)
        self.assertEqual(self.check("http://127.0.0.1:1/"), 1)

    def test_urls(self):
        self.assertEqual(check_http.parse("http://a"), (False, "a", 80, "/"))
        self.assertEqual(check_http.parse("https://[::1]:8443/x?y#z"), (True, "::1", 8443, "/x?y"))
        for url in ("ftp://a", "http://", "a", "http://u@h/"):
            self.assertIsNone(check_http.parse(url), url)
        self.assertEqual(self.check("ftp://a"), 2)


class ServiceHook(unittest.TestCase):
    """With a systemctl and a systemd-run that only say what the test wants."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.program("systemctl", 'case $1 in list-jobs) echo "$JOBS" ;; show) echo "$SHOW" ;; esac')
        self.program("systemd-run", 'echo "$@" >"%s/timer"' % self.folder)

    def program(self, name, body):
        self.write(name, "#!/bin/sh\n%s\n" % body)
        os.chmod(os.path.join(self.folder, name), 0o755)

    def write(self, name, content):
        with open(os.path.join(self.folder, name), "w") as file:
            file.write(content)

    def hook(self, verb, **env):
        environment = {"PATH": self.folder + ":" + os.environ["PATH"], "FAILOVER_PAIR_RUN": self.folder, **env}
        hook = os.path.join(programs.FOLDER, "service-hook")
        subprocess.run(["sh", hook, verb, "nginx.service"], env=environment, check=True, timeout=10)
        return open_and_read(os.path.join(self.folder, "service")).strip()

    def test_started_and_crashed(self):
        self.assertEqual(self.hook("up"), "0")
        self.assertEqual(self.hook("down", SERVICE_RESULT="signal", JOBS="7 nginx.service restart running"), "1")
        self.assertEqual(self.hook("up"), "0")

    def test_stopped(self):
        self.write("service", "0\n")
        self.assertEqual(self.hook("down", SERVICE_RESULT="success", JOBS="7 nginx.service stop running"), "1")
        self.assertEqual(self.hook("down", SERVICE_RESULT="success", JOBS="7 xnginx.service restart running"), "1")

    def test_about_to_be_stopped(self):
        self.write("service", "0\n")
        self.assertEqual(self.hook("stopping", JOBS="7 nginx.service stop waiting"), "1")

    def test_a_restart_that_is_about_to_begin_is_given_half_a_second(self):
        self.write("service", "0\n")
        self.assertEqual(self.hook("stopping", JOBS="7 nginx.service restart waiting"), "0")
        self.assertIn("check nginx.service", open_and_read(os.path.join(self.folder, "timer")))

    def test_the_unit_that_hands_over_is_stopped_by_itself(self):
        self.write("service", "0\n")
        jobs = "8 failover-pair-handover@nginx.service stop running\n9 xnginx.service stop waiting"
        self.assertEqual(self.hook("stopping", JOBS=jobs), "0")

    def test_a_restart_is_given_half_a_second(self):
        self.write("service", "0\n")
        self.assertEqual(self.hook("down", SERVICE_RESULT="success", JOBS="  7 nginx.service restart running"), "0")
        self.assertIn("check nginx.service", open_and_read(os.path.join(self.folder, "timer")))

    def test_a_restart_counts_at_once_if_nobody_would_look_again(self):
        self.program("systemd-run", "exit 1")
        self.write("service", "0\n")
        self.assertEqual(self.hook("down", SERVICE_RESULT="success", JOBS="7 nginx.service restart running"), "1")

    def test_looking(self):
        for state, expected in (
            ("ActiveState=active\nSubState=running", "0"),
            ("ActiveState=activating\nSubState=start", "1"),
            ("ActiveState=activating\nSubState=start-post", "0"),
            ("ActiveState=inactive\nSubState=dead", "1"),
            ("ActiveState=failed\nSubState=failed", "1"),
        ):
            self.assertEqual(self.hook("check", SHOW=state), expected, state)


if __name__ == "__main__":
    unittest.main()
