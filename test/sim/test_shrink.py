"""A story that breaks a rule is made smaller, and what is left can be told again."""

from __future__ import annotations

import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "scripts")]

from sim.planted import PLANTED, search  # noqa: E402
from sim.schedule import draw, parse  # noqa: E402
from sim.shrink import LEAST_SECONDS, shrink  # noqa: E402

SEED = 4663
NEEDED = (3, 7)


class Schedules(unittest.TestCase):
    def test_are_told_again_by_their_word(self) -> None:
        drawn = draw(SEED)
        self.assertEqual(str(drawn), str(SEED))
        left = drawn._replace(faults=drawn.faults[2:4], end=99.5)
        for one in (drawn, left, left._replace(faults=())):
            self.assertEqual(parse(str(one)), one)
        for word in ("4663/", "4663/20/99@1+1"):
            with self.assertRaisesRegex(ValueError, "is not a story"):
                parse(word)


class Shrinks(unittest.TestCase):
    def test_to_the_faults_that_are_needed(self) -> None:
        drawn = draw(SEED)
        small = shrink(drawn, lambda one: set(NEEDED) <= {fault.number for fault in one.faults})
        self.assertEqual(tuple(fault.number for fault in small.faults), NEEDED)
        self.assertEqual({fault.seconds for fault in small.faults}, {LEAST_SECONDS})
        self.assertLess(small.end, drawn.end / 10)

    def test_a_story_with_a_planted_defect(self) -> None:
        said = search(PLANTED["foreign-alias-forgotten"]._replace(story="2244062864135"), 60, "shrink").stdout
        self.assertRegex(said, r"shrunk to [123] of \d+ faults; --replay [\d.]+/\S+ tells it")
        self.assertIn("VIOLATION of no-foreign-alias-is-lost", said)


if __name__ == "__main__":
    unittest.main()
