"""The shallow part of the exploration: every path of two steps."""

import os
import subprocess
import sys
import unittest

STEPS = "2"  # about 30 seconds of a processor
os.nice(10)  # the tests beside it go first


class Exploration(unittest.TestCase):
    def test_breaks_no_rule(self) -> None:
        program = os.path.dirname(os.path.abspath(__file__))
        done = subprocess.run([sys.executable, program, "--explore", STEPS], stdout=subprocess.PIPE, text=True)
        print(done.stdout)
        self.assertEqual(done.returncode, 0)
        self.assertIn("0 violations", done.stdout)


if __name__ == "__main__":
    unittest.main()
