"""The simulator finds each defect that is put into the agent on purpose: `npm test -- sim test_planted.py`."""

from __future__ import annotations

import os
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "scripts")]

from sim.planted import PLANTED, search  # noqa: E402
from sim.runner import processors  # noqa: E402
from sim.schedule import parse  # noqa: E402
from sim.story import Story  # noqa: E402

if TYPE_CHECKING:
    from concurrent.futures import Future
    from subprocess import CompletedProcess

SECONDS = 60  # of a processor, for each
os.nice(10)  # the tests beside it go first


class Finds(unittest.TestCase):
    searches: dict[str, Future[CompletedProcess[str]]]

    @classmethod
    def setUpClass(cls) -> None:
        pool = ThreadPoolExecutor(processors())
        cls.addClassCleanup(pool.shutdown, cancel_futures=True)
        cls.searches = {name: pool.submit(search, one, SECONDS) for name, one in PLANTED.items()}

    def found(self, name: str) -> None:
        done = self.searches[name].result()
        print("%s: %s" % (name, done.stdout.strip()))
        self.assertEqual(done.returncode, 0)


class Stories(unittest.TestCase):
    def test_of_the_planted_defects_break_no_rule_without_them(self) -> None:
        for name, one in PLANTED.items():
            violation = Story(parse(one.story)).tell().violation
            self.assertIsNone(violation, name)


for one in PLANTED:
    setattr(Finds, "test_%s" % one.replace("-", "_"), lambda self, name=one: self.found(name))

if __name__ == "__main__":
    unittest.main()
