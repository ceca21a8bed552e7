"""What systemd is told, and what it tells of a unit."""

import os
import socket
import subprocess
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import clock, systemd
from failover_pair.systemd import UnitNow, unit_now
from node import OnANode


class OneQuestion(unittest.TestCase):
    def now(self, told):
        asked = []

        def says(*question):
            asked.append(question)
            return told

        with mock.patch.object(systemd, "systemd_says", says), mock.patch.object(clock, "now", lambda: 100.0):
            found = unit_now("keepalived.service")
        self.assertEqual(len(asked), 1)
        return found

    def test_tells_the_state_and_its_age(self):
        told = "ActiveEnterTimestampMonotonic=97000000\nStateChangeTimestampMonotonic=98500000\nActiveState=active"
        self.assertEqual(self.now(told), UnitNow("active", 3.0, 1.5))

    def test_leaves_out_what_systemd_does_not_tell(self):
        stopped = "ActiveEnterTimestampMonotonic=0\nStateChangeTimestampMonotonic=0\nActiveState=inactive"
        self.assertEqual(self.now(stopped), UnitNow("inactive", None, None))
        self.assertEqual(self.now("ActiveState=\nnonsense"), UnitNow(None, None, None))
        self.assertEqual(self.now(None), UnitNow(None, None, None))


class Words(OnANode):
    def test_it_is_told_under_both_kinds_of_names(self):
        for name, address in (("%s/notify" % self.folder, None), ("@failover-pair-test-%d" % os.getpid(), "\0")):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.bind(address + name[1:] if address else name)
                channel.settimeout(5)
                with mock.patch.dict(os.environ, {"NOTIFY_SOCKET": name}):
                    systemd.notify_systemd("STATUS=a\nREADY=1")
                self.assertEqual(channel.recv(64), b"STATUS=a\\x0aREADY=1")

    def test_nothing_is_told_where_there_is_none(self):
        for name in ("", "/nonexistent/notify"):
            with mock.patch.dict(os.environ, {"NOTIFY_SOCKET": name}):
                systemd.notify_systemd("READY=1")

    def test_its_word_or_none(self):
        done = lambda text: lambda *_, **__: types.SimpleNamespace(stdout=text)
        for run, word in ((done(b"active\n"), "active"), (done(b"\n"), None), (done(b"\xff"), "\ufffd")):
            with mock.patch.object(systemd.subprocess, "run", run):
                self.assertEqual(systemd.unit_state("nginx.service"), word)
        for error in (FileNotFoundError(), subprocess.TimeoutExpired("systemctl", 5)):
            with mock.patch.object(systemd.subprocess, "run", mock.Mock(side_effect=error)):
                self.assertIsNone(systemd.unit_state("nginx.service"))


if __name__ == "__main__":
    unittest.main()
