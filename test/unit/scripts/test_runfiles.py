"""scripts/README.md says of every file of the run folder who writes and reads it."""

import os
import sys
import unittest

import programs  # noqa: F401
from failover_pair import runfiles


class TheProtocol(unittest.TestCase):
    def test_names_every_file(self):
        with open(os.path.join(programs.FOLDER, "README.md")) as file:
            protocol = file.read().partition("## The run folder")[2]
        rows = [line.split("|")[1].strip() for line in protocol.splitlines() if line.startswith("| `")]
        named = ["agent/" + name for name in runfiles.AGENT] + ["bridge/" + name for name in runfiles.BRIDGE]
        self.assertEqual(sorted(rows), sorted("`%s`" % name for name in named))


if __name__ == "__main__":
    unittest.main()
