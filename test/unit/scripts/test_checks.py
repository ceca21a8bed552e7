"""keepalived's checks, as `status` runs them: their words, their ends, and one that has none."""

import signal
import subprocess
import types
import unittest

import programs  # noqa: F401
from failover_pair import checks
from node import OnANode

CONF = """vrrp_script good {
    script "/bin/good a b"
    timeout 3
}
vrrp_script bad {
    script "/bin/bad"
    timeout 5
}
"""


class Checks(OnANode):
    """`status` runs each check itself; here they are not processes."""

    def setUp(self):
        super().setUp()
        self.write("keepalived.conf", CONF)
        self.codes, self.killed, self.started = {}, [], []
        names = {name: getattr(subprocess, name) for name in ("DEVNULL", "TimeoutExpired")}
        self.patch(checks, "subprocess", types.SimpleNamespace(Popen=self.popen, **names))
        self.patch(checks.os, "killpg", lambda *found: self.killed.append(found))

    def popen(self, command, start_new_session, **_):
        self.started.append((command, start_new_session))
        code = self.codes.get(command[0], 0)
        if isinstance(code, OSError):
            raise code
        return types.SimpleNamespace(pid=4711, wait=lambda seconds=None: self.ends(code, seconds))

    def ends(self, code, seconds):
        if code == "never" and seconds is not None:
            self.time += seconds
            raise subprocess.TimeoutExpired("check", seconds)
        return code

    def now(self):
        return checks.checks_now(self.config())

    def test_all_are_run_at_once_with_their_words(self):
        self.assertEqual(self.now(), {"good": "good", "bad": "good"})
        self.assertEqual(self.started, [(["/bin/good", "a", "b"], True), (["/bin/bad"], True)])

    def test_what_is_wrong_with_one(self):
        for code, words in ((3, "exit 3"), (FileNotFoundError(2, "No such file"), "cannot be run: No such file")):
            self.codes["/bin/bad"] = code
            self.assertEqual(self.now(), {"good": "good", "bad": words})

    def test_one_without_an_end_is_killed_with_its_children(self):
        self.codes["/bin/bad"] = "never"
        self.assertEqual(self.now()["bad"], "no end within 5 s")
        self.assertEqual((self.killed, self.time), ([(4711, signal.SIGKILL)], 1005))


if __name__ == "__main__":
    unittest.main()
