"""Defects that are put into the agent on purpose: the simulator has to find each of them.

Each is a replacement in one file of the package. One whose text is not there any more fails, so the table stays true.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class Planted(NamedTuple):
    about: str
    file: str
    old: str
    new: str
    story: str  # that shows it


PLANTED = {
    "a-backup-assigns": Planted(
        "the check before each change is gone",
        "agent.py",
        "            if is_master(self.config):\n                return\n        except OSError as error:",
        "            return\n        except OSError as error:",
        "271689313039931/11.259/6@11.159+0.1,9@11.259+0.1",
    ),
    "foreign-alias-forgotten": Planted(
        "an alias of others is lost when the pair's own is taken away",
        "api/client.py",
        "[alias for alias in owner.aliases if alias not in unwanted]",
        "[]",
        "2244062864135/18.115/21@18.115+0.1",
    ),
    "foreign-alias-forgotten-here": Planted(
        "an alias of others is lost when the pair's own is assigned",
        "api/client.py",
        "me.aliases + [one for one in wanted if one not in me.aliases]",
        "wanted",
        "157974076829889/0.0/",
    ),
    "a-retry-clears-first": Planted(
        "the alias is taken from the peer before it is known whether it can be put here",
        "api/client.py",
        "        for reading in (own, peer):\n",
        "        for reading in (peer,):\n",
        "123497973996731/83.971/1@0.0+92.551,5@7.916+0.1",
    ),
    "takes-without-room": Planted(
        "the alias is taken from the peer although this NIC has no room for it",
        "claim.py",
        "        own.must_have_room(self.config.vips)\n",
        "",
        "27718618306993/19.611/2@10.22+3.001,27@15.55+5.7,29@17.205+2.5",
    ),
    "the-loser-goes-on": Planted(
        "who lost the alias to the peer claims it again at once",
        "policy.py",
        "min(most, first * 2 ** min(self.undone - 1, 10)) * share()",
        "0.0",
        "175155566520888/0.0/2@0.0+28.5",
    ),
    "carried-by-the-dead": Planted(
        "a peer that does not answer any more is still taken for one that carries",
        "core/following.py",
        "if left or carried.missed >= MOST_MISSED or over:",
        "if left or over:",
        "107/150.0/24@20.0+3.0,18@40.0+100.0",
    ),
    "both-stay": Planted(
        "of two MASTERs, each takes itself for the one that stays",
        "hearing.py",
        "        return later > 0\n    return not lower_address if peer.stays is lower_address else lower_address\n",
        "        return True\n    return True\n",
        "1/62.5/7@10.0+50.0",
    ),
    "a-demotion-is-a-defect": Planted(
        "when keepalived leaves MASTER while a handler works, the next claim is put off by a second",
        "core/decide.py",
        " and not (yield from was_master(state)):",
        ":",
        "271689313039931/7.477/6@7.477+0.1",
    ),
    "yields-for-ever": Planted(
        "who stepped down does not look whether the peer is still MASTER",
        "core/yielding.py",
        "    if not state.peer.master(now) and now >= yielding.until:\n",
        "    if False:\n",
        "98995346857164/10.371/3@5.734+0.1,6@7.703+4.0",
    ),
}


def put(one: Planted, scripts: str) -> None:
    """Puts the defect into a copy of scripts/."""
    path = os.path.join(scripts, "failover_pair", one.file)
    with open(path) as file:
        text = file.read()
    if text.count(one.old) != 1:
        raise SystemExit("%r does not apply to %s any more: write its replacement anew" % (one.about, one.file))
    with open(path, "w") as file:
        file.write(text.replace(one.old, one.new))


def search(one: Planted, seconds: float, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs `find` in a process of its own, with the defect."""
    with tempfile.TemporaryDirectory() as folder:
        package = os.path.join("scripts", "failover_pair")
        shutil.copytree(os.path.join(ROOT, package), os.path.join(folder, package))
        scripts = os.path.join(folder, "scripts")
        put(one, scripts)
        env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        program = [sys.executable, os.path.abspath(__file__), scripts]
        all_words = [*program, one.story, str(seconds), *words]
        return subprocess.run(all_words, env=env, stdout=subprocess.PIPE, text=True)


def find(word: str, seconds: float, shrunk: bool) -> int:
    """0 if a story shows a defect of the package that was imported, within so many seconds of this processor: this
    story, or any other one, should a change of the agent or of the models have led it to another end."""
    from sim.command import show_shrunk
    from sim.runner import story_seed
    from sim.schedule import draw, parse
    from sim.story import Story

    number, schedule, simulated = 0, parse(word), 0.0
    while time.process_time() < seconds:
        result = Story(schedule).tell()
        simulated += result.seconds
        if result.violation:
            values = (result.violation[0], schedule, number, time.process_time(), result.violation[1])
            print("found by %s in story %s (number %d, after %.1f s): %s" % values)
            print("within %d simulated seconds" % math.ceil(simulated))
            if shrunk:
                show_shrunk(result)
            return 1 if result.violation[0] == "no-exception" else 0  # such a replacement breaks the program
        number += 1
        schedule = draw(story_seed(1, number))
    print("not found in %d stories, %.0f s" % (number, time.process_time()))
    return 1


if __name__ == "__main__":
    sys.path[:1] = [sys.argv[1], os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    sys.exit(find(sys.argv[2], float(sys.argv[3]), "shrink" in sys.argv))
