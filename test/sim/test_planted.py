"""The simulator finds each defect that is put into the agent on purpose: `python3 -m unittest discover -s test/sim`."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from sim.planted import PLANTED, ROOT, plant  # noqa: E402

SECONDS = 60


class Finds(unittest.TestCase):
    def test_each_planted_defect_within_a_minute(self) -> None:
        for name in PLANTED:
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                program = os.path.join(ROOT, "test", "sim", "planted.py")
                words = [sys.executable, program, plant(name, folder), "1", str(SECONDS)]
                env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
                done = subprocess.run(words, env=env, stdout=subprocess.PIPE, text=True)
                print("%s: %s" % (name, done.stdout.strip()))
                self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
