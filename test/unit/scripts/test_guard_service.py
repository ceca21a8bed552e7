"""The guard's service on a fake kernel, and what it shares with the bridge: programs that fail, files, readiness."""

import json
import os
import socket
import subprocess
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import kernel
from failover_pair.guard import rules, service, table
from fake_kernel import LINKS, NFT, OWN, PEER, OnAFakeKernel


class Guards(OnAFakeKernel):
    def setUp(self):
        super().setUp()
        self.guard = service.Guard(self.settings)
        self.looks = self.in_a_loop(service, self.guard)

    def serves(self, *plan):
        return self.follows(plan, self.guard.serve)

    def ready(self):
        return json.loads(self.read("bridge/guard.json"))["ready"]

    def test_the_table_is_there_before_the_service_is_ready(self):
        self.patch(kernel, "notify_ready", lambda: self.assertIn(rules.TABLE, self.kernel.tables))
        self.assertIn("on guard for %s: only %s comes in" % (OWN, PEER), self.serves())
        self.assertTrue(self.ready())

    def test_it_looks_once_a_minute_and_makes_it_once(self):
        self.serves(self.nothing, self.nothing)
        self.assertEqual(self.looks, [1000, 1000 + service.PERIOD, 1000 + 2 * service.PERIOD])
        self.assertEqual(len(self.kernel.done), 1)

    def test_a_table_that_is_gone_is_made_at_once(self):
        gone = self.kernel_says(NFT, 0x0A02)
        self.serves(lambda readers: (self.kernel.tables.clear(), gone(readers))[1], self.nothing)
        self.assertIn(rules.TABLE, self.kernel.tables)
        self.assertAlmostEqual(self.looks[1], 1000.05)

    def test_what_others_add_is_not_looked_at(self):
        self.serves(self.kernel_says(NFT, 0x0A06), self.nothing)
        self.assertEqual(self.looks, [1000, 1000 + service.PERIOD])

    def test_another_nic_makes_another_table(self):
        def renamed(readers):
            self.kernel.nic["ifname"] = "ens11"
            return self.kernel_says(LINKS, 16)(readers)

        self.serves(renamed, self.nothing)
        self.assertIn('"ens11"', self.kernel.tables[rules.TABLE])
        self.assertAlmostEqual(self.looks[1], 1000.05)

    def test_a_failure_is_told_and_tried_again_soon(self):
        self.kernel.broken = "nft -f"
        errors = self.serves(self.nothing, self.nothing)
        self.assertEqual(self.looks, [1000, 1000 + service.AGAIN, 1000 + 2 * service.AGAIN])
        self.assertEqual(errors.count("nothing is kept away: nft -f -: nft -f no"), 1)
        self.assertFalse(self.ready())

    def test_who_stops_it_leaves_the_table_and_no_promise(self):
        self.serves()
        with self.assertRaises(SystemExit) as ended:
            self.guard.stop(15, None)
        self.assertEqual(ended.exception.code, 0)
        self.assertIn(rules.TABLE, self.kernel.tables)
        self.assertFalse(os.path.exists(self.guard.readiness.path))


class Words(OnAFakeKernel):
    def main(self, *words):
        self.patch(service, "CONFIG", self.write("etc/config.json", json.dumps(self.settings)))
        return self.said(service.main, list(words))

    def test_remove_takes_the_table_away(self):
        table.ensure(self.settings)
        self.assertEqual((self.main("remove")[0], self.kernel.tables), (0, {}))

    def test_run_serves_the_pair_of_the_file(self):
        served = []
        self.patch(service.Guard, "serve", lambda guard: served.append(guard.config["address"]))
        self.assertEqual((self.main("run")[0], served), (0, [OWN]))

    def test_a_failure_and_wrong_words(self):
        self.kernel.broken = "nft"
        code, _, errors = self.main("remove")
        self.assertEqual(code, 1)
        self.assertIn("<3>guard: nft -f -: nft no", errors)
        self.assertEqual(self.main("start")[0], 2)


class Agents(unittest.TestCase):
    def test_root_and_the_agents_user_speak_for_the_agent(self):
        for found, users in (({"failover-agent": 998}, {0, 998}), ({}, {0})):
            one = lambda name: types.SimpleNamespace(pw_uid=found[name])
            with mock.patch.object(table, "pwd", types.SimpleNamespace(getpwnam=one)):
                self.assertEqual(table.agent_users(), users)


class Shared(OnAFakeKernel):
    def test_a_program_that_is_missing(self):
        def missing(*_, **__):
            raise FileNotFoundError

        self.kernel.run = missing
        with self.assertRaisesRegex(kernel.Problem, "nft is not installed"):
            kernel.run("nft", "list")

    def test_a_program_that_fails_without_a_word(self):
        self.kernel.run = lambda words, **_: subprocess.CompletedProcess(words, 7, "", "")
        with self.assertRaisesRegex(kernel.Problem, "^ip a: 7$"):
            kernel.run("ip", "a")
        self.assertEqual(kernel.ip("a"), [])

    def test_a_new_problem_is_logged_once_and_a_full_disk_ends_nothing(self):
        one = kernel.Readiness(os.path.join(self.folder, "missing", "ready.json"), "broken", "mended")
        texts = [self.said(one.tell, problem)[2] for problem in (None, "a", "a", "b", None, None)]
        self.assertEqual(texts, ["", "<4>broken: a\n", "", "<4>broken: b\n", "<6>mended\n", ""])

    def test_a_file_is_written_whole_and_for_all_to_read(self):
        path = os.path.join(self.folder, "ready.json")
        kernel.write_file(path, "text")
        self.assertEqual((self.read("ready.json"), os.stat(path).st_mode & 0o777), ("text", 0o644))
        self.assertFalse(os.path.exists(path + ".new"))

    def test_lost_messages_are_told(self):
        answers = [OSError(105, "No buffer space available"), BlockingIOError()]
        listener = types.SimpleNamespace(recv=lambda _: (_ for _ in ()).throw(answers.pop(0)))
        self.assertEqual(kernel.drain(listener), {None})

    def test_systemd_hears_that_it_is_ready(self):
        path = os.path.join(self.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(path)
            systemd.settimeout(5)
            with mock.patch.dict(os.environ, {"NOTIFY_SOCKET": path}):
                kernel.notify_ready()
            self.assertEqual(systemd.recv(64), b"READY=1")
        with mock.patch.dict(os.environ):
            os.environ.pop("NOTIFY_SOCKET", None)
            kernel.notify_ready()

    def test_the_kernels_events_need_no_privilege(self):
        with kernel.events(socket.NETLINK_ROUTE, kernel.LINKS) as listener:
            self.assertEqual(kernel.drain(listener) - {16}, set())


if __name__ == "__main__":
    unittest.main()
