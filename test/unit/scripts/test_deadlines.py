"""alias-switch: what the loop waits for, and what it does about it."""

import contextlib
import io
import unittest

import programs  # noqa: F401
from failover_pair import agent, clock
from failover_pair.agent import Agent, Deadline


class Deadlines(unittest.TestCase):
    def setUp(self):
        self.clock = 1000.0
        self.addCleanup(setattr, clock, "now", clock.now)
        clock.now = lambda: self.clock
        self.called = []
        self.one = Agent.__new__(Agent)
        self.one.master = False
        self.one.pushed, self.due = {}, {"first": 999.0, "second": 990.0}
        self.one.waiting_for = lambda: [
            Deadline(name, max(at, self.one.pushed.get(name, at)), lambda name=name: self.handle(name))
            for name, at in self.due.items()
        ]

    def handle(self, name):
        self.called.append(name)

    def act(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.one.act()
        return said.getvalue()

    def test_one_that_its_handler_leaves_in_the_past_is_put_off_and_told(self):
        self.assertIn("defect: the deadline first", self.act())
        self.act()
        self.act()
        self.assertEqual(self.called, ["first", "second"], "neither is called again at once")
        self.assertEqual(self.one.next_look(), 1001.0)
        self.clock = 1001.0
        self.act()
        self.assertEqual(self.called, ["first", "second", "first"])

    def test_one_that_its_handler_moves_is_no_defect(self):
        self.handle = lambda name: self.due.update({name: 1005.0})
        self.assertEqual(self.act() + self.act() + self.act(), "")
        self.assertEqual(self.one.next_look(), 1005.0)

    def test_one_of_a_master_that_is_none_any_more_is_no_defect(self):
        """The simulator found it: the next promotion's claim was put off by a second, and the journal told a defect."""
        self.one.master, self.one.config = True, None
        self.addCleanup(setattr, agent, "is_master", agent.is_master)
        agent.is_master = lambda _: False
        self.assertEqual(self.act(), "")
        self.assertEqual(self.one.pushed, {})


if __name__ == "__main__":
    unittest.main()
