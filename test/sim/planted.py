"""Defects that are put into the agent on purpose: the simulator has to find each of them.

Each is a replacement in one file of the package. One whose text is not there any more fails, so the table stays true.
"""

from __future__ import annotations

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
    seed: int = 1  # of the stories to search: any finds it, this one soon


PLANTED = {
    "a-backup-assigns": Planted(
        "the check before each change is gone",
        "agent.py",
        "            if is_master(self.config):\n                return\n        except OSError as error:",
        "            return\n        except OSError as error:",
    ),
    "foreign-alias-forgotten": Planted(
        "an alias of others is lost when the pair's own is taken away",
        "api/client.py",
        "[alias for alias in owner.aliases if alias not in unwanted]",
        "[]",
    ),
    "foreign-alias-forgotten-here": Planted(
        "an alias of others is lost when the pair's own is assigned",
        "api/client.py",
        "me.aliases + [one for one in wanted if one not in me.aliases]",
        "wanted",
    ),
    "a-retry-clears-first": Planted(
        "the alias is taken from the peer before it is known whether it can be put here",
        "api/client.py",
        "        for reading in (own, peer):\n",
        "        for reading in (peer,):\n",
    ),
    "takes-without-room": Planted(
        "the alias is taken from the peer although this NIC has no room for it",
        "claim.py",
        "        own.must_have_room(self.config.vips)\n",
        "",
    ),
    "the-loser-goes-on": Planted(
        "who lost the alias to the peer claims it again at once",
        "policy.py",
        "min(most, first * 2 ** min(self.undone - 1, 10)) * share()",
        "0.0",
    ),
    "carried-by-the-dead": Planted(
        "a peer that does not answer any more is still taken for one that carries",
        "core/following.py",
        "if left or carried.missed >= MOST_MISSED or over:",
        "if left or over:",
    ),
    "both-step-down": Planted(
        "of two MASTERs, both take the other one for the one that stays",
        "hearing.py",
        "        return later > 0\n    return not lower_address if peer.stays is lower_address else lower_address\n",
        "        return False\n    return False\n",
    ),
    "a-demotion-is-a-defect": Planted(
        "when keepalived leaves MASTER while a handler works, the next claim is put off by a second",
        "core/decide.py",
        " and not (yield from was_master(state)):",
        ":",
    ),
    "yields-for-ever": Planted(
        "who stepped down does not look whether the peer is still MASTER",
        "core/yielding.py",
        "    if not state.peer.master(now) and now >= yielding.until:\n",
        "    if False:\n",
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
        all_words = [*program, str(one.seed), str(seconds), *words]
        return subprocess.run(all_words, env=env, stdout=subprocess.PIPE, text=True)


def find(seed: int, seconds: float, shrunk: bool) -> int:
    """0 if a story shows a defect of the package that was imported, within so many seconds of this processor."""
    from sim.command import show_shrunk
    from sim.runner import story_seed
    from sim.schedule import draw
    from sim.story import Story

    number = 0
    while time.process_time() < seconds:
        result = Story(draw(story_seed(seed, number))).tell()
        number += 1
        if result.violation:
            values = (result.violation[0], result.schedule.seed, number, time.process_time(), result.violation[1])
            print("found by %s in story %d (number %d, after %.1f s): %s" % values)
            if shrunk:
                show_shrunk(result)
            return 0
    print("not found in %d stories, %.0f s" % (number, time.process_time()))
    return 1


if __name__ == "__main__":
    sys.path[:1] = [sys.argv[1], os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    sys.exit(find(int(sys.argv[2]), float(sys.argv[3]), "shrink" in sys.argv))
