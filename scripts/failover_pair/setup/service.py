"""The service that the virtual IP stands for."""

from __future__ import annotations

import contextlib
import fnmatch
import glob
import os

from failover_pair.setup.node import Failed, Node
from failover_pair.setup.paths import HOOKS, UNITS
from failover_pair.setup.units import STANDS_FOR, hollow, shown, watched_by

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOTHING_BEHIND = "install and name the unit whose process serves, or use `checks` instead of `service`"
SHOWN = [
    "--property=" + ",".join(("Id", "LoadState", "ActiveState", "SubState", "Type", "RemainAfterExit", *STANDS_FOR))
]
HANDOVER = "failover-pair-handover@%s.service"


class WatchedService(Node):
    def refuse_hollow_service(self, files: list[dict[str, Any]]) -> None:
        """Before anything is changed: with such a unit the end of the service would move nothing."""
        for file in files:
            if not fnmatch.fnmatch(file["path"], UNITS + HOOKS) or watched_by(file["path"]) == "keepalived":
                continue
            unit = watched_by(file["path"]) + ".service"
            facts = (shown(self.run(["systemctl", "show", *SHOWN, unit])[1]) or [{}])[0]
            why = hollow(unit, facts)
            if why:
                node, behind = os.uname().nodename, self.behind(unit, facts)
                way = "name %s" % " or ".join(behind) if behind else NOTHING_BEHIND
                raise Failed("the service %s on %s %s; %s: nothing was changed here" % (unit, node, why, way))

    def behind(self, unit: str, facts: dict[str, str]) -> list[str]:
        """The units which do say something, of those that this one stands for; running ones, if there are any."""
        names = [name for key in STANDS_FOR for name in facts.get(key, "").split()]
        if unit.endswith("@.service"):
            listing = ["systemctl", "list-units", "--all", "--plain", "--no-legend", unit.replace("@.", "@*.")]
            names += [line.split()[0] for line in self.run(listing)[1].splitlines() if line.strip()]
        names = sorted({name for name in names if name.endswith(".service") and not name.startswith("failover-pair-")})
        if not names:
            return []
        found = shown(self.run(["systemctl", "show", *SHOWN, *names])[1])
        solid = [one for one in found if "Id" in one and one["Id"] != unit and not hollow(one["Id"], one)]
        return [one["Id"] for one in solid if one.get("ActiveState") == "active"] or [one["Id"] for one in solid]

    def hand_over_before_stops(self, retired: list[str], files: list[dict[str, Any]]) -> None:
        """The watched service wants this unit, but may be running since before it did."""
        for name in map(watched_by, retired):
            self.must("forgetting %s" % name, "systemctl", "stop", HANDOVER % name)
        for name in [watched_by(file["path"]) for file in files if fnmatch.fnmatch(file["path"], UNITS + HOOKS)]:
            state = self.run(["systemctl", "is-active", name + ".service"])[1].strip()
            # it would start a service that is stopped
            if name != "keepalived" and state in ("active", "reloading", "activating"):
                self.must("watching %s" % name, "systemctl", "start", HANDOVER % name)

    def remove_hooks_but(self, files: list[dict[str, Any]]) -> list[str]:
        """The unit that was watched before must not tell keepalived anything any more. Returns its drop-ins."""
        wanted = [self.path(file["path"]) for file in files]
        others = [path for path in glob.glob(self.path(UNITS + HOOKS)) if path not in wanted]
        for path in others:
            mine = path[len(self.root) :]
            self.before.setdefault(mine, self.held(mine))
            os.unlink(path)
            with contextlib.suppress(OSError):  # another program's drop-in is there
                os.rmdir(os.path.dirname(path))
        if others:
            self.must("systemd refuses the units", "systemctl", "daemon-reload")
        return others
