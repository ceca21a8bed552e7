"""scripts/README.md says of every file of the run folder who writes and reads it."""

import os
import sys
import unittest

import programs

sys.path.insert(0, os.path.normpath(programs.FOLDER))
import run_files  # noqa: E402


class TheProtocol(unittest.TestCase):
    def test_names_every_file(self):
        with open(os.path.join(programs.FOLDER, "README.md")) as file:
            rows = [line.split("|")[1].strip() for line in file if line.startswith("| `")]
        named = ["agent/" + name for name in run_files.AGENT] + ["bridge/" + name for name in run_files.BRIDGE]
        self.assertEqual(sorted(rows), sorted("`%s`" % name for name in named))


if __name__ == "__main__":
    unittest.main()
