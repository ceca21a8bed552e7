"""Bugs that the agent and the bridge have had: each is put back by a replacement in one file of the package.

`commit` (or a version) ended the bug, and `found` says how it was found then, if the history tells. `by` finds it
again: a unit test of test/unit/scripts as FILE:TEST, or a story of the simulator. docs/track-record.md has the table.
`RECORD=1 npm test -- sim test_bugs.py` measures its last column, and writes bugs.json and the table.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from sim.bugs_around import OTHERS
from sim.bugs_decisions import DECISIONS
from sim.planted import ROOT

if TYPE_CHECKING:
    from sim.bug import Bug

BUGS: dict[str, Bug] = {**DECISIONS, **OTHERS}
PAGE = os.path.join(ROOT, "docs", "track-record.md")
MEASURED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bugs.json")  # name → how long it takes to find it
HEAD = ("bug", "ended by", "found then by", "found again by", "within")


def table(measured: dict[str, str]) -> list[tuple[str, ...]]:
    """Of docs/track-record.md."""
    rows = [(one.about, "`%s`" % one.commit, one.found, finder(one.by), measured[name]) for name, one in BUGS.items()]
    return [HEAD, *rows]


def finder(by: str) -> str:
    return "`%s`, `%s`" % tuple(by.split(":")) if ":" in by else "the simulator"


def recorded() -> dict[str, str]:
    with open(MEASURED) as file:
        found: dict[str, str] = json.load(file)
    return found


def rows_of_page() -> list[tuple[str, ...]]:
    with open(PAGE) as file:
        lines = [line.strip() for line in file if line.startswith("|")]
    found = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    return [row for row in found if not set("".join(row)) <= set("-:")]


def write(measured: dict[str, str]) -> None:
    with open(MEASURED, "w") as file:
        json.dump({name: measured[name] for name in BUGS}, file, indent=4)
        file.write("\n")
    rows = table(measured)
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    lines.insert(1, " | ".join("-" * width for width in widths))
    with open(PAGE) as file:
        page = file.read()
    text = "".join("| %s |\n" % line for line in lines)
    with open(PAGE, "w") as file:
        file.write(re.sub(r"(?m)(^\|.*\n)+", lambda _: text, page, count=1))
