"""A short run of the simulator without a violation. SIM_SEED=N tells other stories."""

import os
import subprocess
import sys
import unittest

SEED = os.environ.get("SIM_SEED", "2019")
HOURS = "40"  # about 100 seconds of a processor; the same stories on each machine
os.nice(10)  # the tests beside it go first


class Stories(unittest.TestCase):
    def test_break_no_rule(self) -> None:
        program = os.path.dirname(os.path.abspath(__file__))
        words = [sys.executable, program, "--hours", HOURS, "--seed", SEED]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, "SIM_SEED=%s breaks a rule" % SEED)


if __name__ == "__main__":
    unittest.main()
