"""Each bug of bugs.py is found again, by what docs/track-record.md names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from sim.bugs import BUGS, Bug, table  # noqa: E402
from sim.planted import ROOT, Planted, put, search  # noqa: E402

SECONDS = 60  # of a processor, for the simulator


def planted(bug: Bug) -> Planted:
    return Planted(bug.about, bug.file, bug.old, bug.new, bug.by)


class Finds(unittest.TestCase):
    def simulate(self, bug: Bug) -> None:
        done = search(planted(bug), SECONDS)
        print("%s: %s" % (bug.about, done.stdout.strip()))
        self.assertEqual(done.returncode, 0, bug.about)

    def run_test(self, bug: Bug) -> None:
        """The test fails with the bug, in a copy of the programs and their tests."""
        with tempfile.TemporaryDirectory() as folder:
            for part in ("scripts", os.path.join("test", "unit", "scripts")):
                shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, part))
            put(planted(bug), os.path.join(folder, "scripts"))
            file, _, name = bug.by.partition(":")
            words = ["-B", "-m", "unittest", "discover", "-s", part, "-p", file, "-k", name]
            done = subprocess.run([sys.executable, *words], cwd=folder, stderr=subprocess.PIPE, text=True)
        self.assertRegex(done.stderr, r"(?m)^Ran 1 test ", bug.about)
        self.assertEqual(done.returncode, 1, bug.about)


def add(name: str, bug: Bug) -> None:
    test = (lambda self: self.run_test(bug)) if ":" in bug.by else (lambda self: self.simulate(bug))
    setattr(Finds, "test_%s" % name.replace("-", "_"), test)


for one in BUGS.items():
    add(*one)


class Page(unittest.TestCase):
    def test_has_the_table(self) -> None:
        with open(os.path.join(ROOT, "docs", "track-record.md")) as file:
            page = re.sub(r" *\| *", "|", file.read())
        for row in table():
            self.assertIn("|%s|" % "|".join(row), page)


if __name__ == "__main__":
    unittest.main()
