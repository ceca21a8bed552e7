"""Each bug of bugs.py is found again, by what docs/track-record.md names, and within the time that it has."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from sim.bug import Bug  # noqa: E402
from sim.bugs import BUGS, recorded, rows_of_page, table, write  # noqa: E402
from sim.planted import ROOT, Planted, put, search  # noqa: E402

SECONDS = 60  # of a processor, for the simulator
RECORDS = bool(os.environ.get("RECORD"))  # writes what it has measured
SLOWER = 4  # a machine may be so many times slower than the one that recorded


def planted(bug: Bug) -> Planted:
    return Planted(bug.about, bug.file, bug.old, bug.new, bug.by)


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Finds(unittest.TestCase):
    measured: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.measured = {}

    @classmethod
    def tearDownClass(cls) -> None:
        if RECORDS:
            write(cls.measured)

    def simulate(self, bug: Bug) -> str:
        done = search(planted(bug), SECONDS)
        print("%s: %s" % (bug.about, done.stdout.strip()))
        self.assertEqual(done.returncode, 0, bug.about)
        return "%s simulated seconds" % done.stdout.split()[-3]

    def run_test(self, bug: Bug) -> str:
        """The test fails with the bug, in a copy of the programs and their tests."""
        began = processor_seconds()
        with tempfile.TemporaryDirectory() as folder:
            for part in ("scripts", os.path.join("test", "unit", "scripts")):
                shutil.copytree(os.path.join(ROOT, part), os.path.join(folder, part))
            put(planted(bug), os.path.join(folder, "scripts"))
            file, _, name = bug.by.partition(":")
            words = ["-B", "-m", "unittest", "discover", "-s", part, "-p", file, "-k", name]
            done = subprocess.run([sys.executable, *words], cwd=folder, stderr=subprocess.PIPE, text=True)
        self.assertRegex(done.stderr, r"(?m)^Ran 1 test ", bug.about)
        self.assertEqual(done.returncode, 1, bug.about)
        return "%.1f s of a processor" % (processor_seconds() - began)

    def find(self, name: str) -> None:
        bug = BUGS[name]
        found = self.run_test(bug) if ":" in bug.by else self.simulate(bug)
        self.measured[name] = found
        if not RECORDS:
            (number, _, unit), (most, _, known) = found.partition(" "), recorded()[name].partition(" ")
            self.assertEqual(unit, known)
            self.assertLessEqual(float(number), float(most) * SLOWER, "RECORD=1 writes %s anew" % name)


for one in BUGS:
    setattr(Finds, "test_%s" % one.replace("-", "_"), lambda self, name=one: self.find(name))


class Page(unittest.TestCase):
    def test_has_the_table_and_no_other_row(self) -> None:
        """What was measured stands in bugs.json, so a figure that was typed in by hand differs."""
        self.assertEqual(rows_of_page(), table(recorded()))


if __name__ == "__main__":
    unittest.main()
