"""The agent's lock: one agent for a run folder, whether it is alive, and whose the files are."""

import os
import unittest

import programs  # noqa: F401
from failover_pair import locks, runfiles
from failover_pair.config import ConfigError
from node import OnANode


class Lock(OnANode):
    def test_one_agent_for_a_folder(self):
        self.sleeps(locks)
        config = self.config()
        lock = locks.hold_lock(config)
        with self.assertRaisesRegex(ConfigError, "another alias-switch is running for "):
            locks.hold_lock(config)
        self.assertAlmostEqual(self.time, 1001, delta=0.1)
        os.close(lock)
        os.close(locks.hold_lock(config))

    def test_a_lock_without_a_beat_is_not_an_agent(self):
        lock = locks.hold_lock(self.config())
        self.addCleanup(os.close, lock)
        self.assertFalse(locks.agent_runs(self.config()))
        os.pwrite(lock, b"nonsense", 0)
        self.assertFalse(locks.agent_runs(self.config()))
        locks.beat_lock(lock)
        self.assertTrue(locks.agent_runs(self.config()))
        self.time += locks.SILENT_SECONDS
        self.assertFalse(locks.agent_runs(self.config()))

    def test_what_the_agent_writes_is_its_own(self):
        self.assertEqual(runfiles.owner("/nonexistent"), (os.geteuid(), os.getegid()))
        self.assertEqual(runfiles.owner(self.folder)[0], os.geteuid())


if __name__ == "__main__":
    unittest.main()
