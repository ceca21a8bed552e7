"""What systemd tells about units, and whether a unit's being active says anything. Pure."""

from __future__ import annotations

import os

STANDS_FOR = ("ConsistsOf", "PropagatesReloadTo", "Wants", "Requires", "Triggers")


def shown(text: str) -> list[dict[str, str]]:
    """What `systemctl show` prints about several units: a dictionary of each."""
    blocks = [block.splitlines() for block in text.strip().split("\n\n") if block.strip()]
    return [dict(line.split("=", 1) for line in lines if "=" in line) for lines in blocks]


def hollow(unit: str, facts: dict[str, str]) -> str | None:
    """Why a unit's being active says nothing about a service, or why it will never be active; None if it does say
    it."""
    name, _, kind = unit.rpartition(".")
    load, exits = facts.get("LoadState"), facts.get("Type") == "oneshot" or facts.get("RemainAfterExit") == "yes"
    if name.endswith("@"):
        return "is a template, of which only an instance can run"
    if load in ("not-found", "masked", "bad-setting", "error"):
        return {"not-found": "does not exist"}.get(load, "cannot be started: systemd calls it %s" % load)
    if kind != "service":
        return "is a %s: its being active says nothing about the service behind it" % kind
    if exits or (facts.get("ActiveState") == "active" and facts.get("SubState") == "exited"):
        found = ", ".join("%s=%s" % (key, facts[key]) for key in ("Type", "RemainAfterExit") if key in facts)
        return "is an umbrella (%s): its being active says nothing, whatever becomes of the processes behind it" % found
    return None


def watched_by(drop_in: str) -> str:
    """The name of the unit, without .service, that this drop-in is for."""
    return os.path.basename(os.path.dirname(drop_in))[: -len(".service.d")]
