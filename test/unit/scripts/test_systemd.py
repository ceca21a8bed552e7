"""What systemd tells of a unit."""

import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import clock, systemd
from failover_pair.systemd import UnitNow, unit_now


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
