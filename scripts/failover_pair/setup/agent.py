"""`node-setup agent` and `node-setup token`: the programs, their services and the token."""

from __future__ import annotations

import os

from failover_pair.setup.bytecode import BytecodeStep
from failover_pair.setup.node import Failed, tail
from failover_pair.setup.paths import AGENT, KEEPALIVED, LIB, OURS, PACKAGE, RUN, TOKEN, UNITS
from failover_pair.setup.service import WatchedService

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# where the agent and the bridge wrote before each had a user and a folder of its own
FORMER = ("agent.json", "holder", "agent.sock", "bridge.json", "bridge.sock", "yield.kept")
BRIDGE, BRIDGE_UNIT = LIB + "/bridge", "failover-pair-bridge.service"
GUARD_UNIT = "failover-pair-guard.service"
# what every program imports from, and what it reads
SHARED = (PACKAGE, "/etc/failover-pair/")
GUARD_FILES = (LIB + "/guard", *SHARED, UNITS + GUARD_UNIT)
BRIDGE_FILES = (BRIDGE, *SHARED, UNITS + BRIDGE_UNIT)
AGENT_FILES = (LIB + "/alias-switch", *SHARED, UNITS + "alias-switch.service")
# the modules of 0.2.0 and before, each a file beside the programs
FORMER_MODULES = (
    "journal shapes readers run_files wire documents journey carrying kernel guard_rules guard_table bridge_rules "
    "tunnel suspects"
).split()


class AgentStep(WatchedService, BytecodeStep):
    def agent(self, document: dict[str, Any]) -> None:
        self.refuse_hollow_service(document["files"])
        self.retire_foreign_keepalived()
        retired = self.remove_hooks_but(document["files"])
        bridged = UNITS + BRIDGE_UNIT in [file["path"] for file in document["files"]]
        changed: list[str] | None = None  # until it is known
        try:
            changed = self.write_all(document["files"])
            self.compile_package()
            self.link("/usr/local/bin/alias-switch", LIB + "/alias-switch")
            self.copy_former("holder")  # the bridge reads it when it starts
            # before the tunnel and keepalived, which it stands in front of
            self.start("the guard", GUARD_UNIT, any(path.startswith(GUARD_FILES) for path in changed))
            if bridged:
                self.start("the bridge", BRIDGE_UNIT, any(path.startswith(BRIDGE_FILES) for path in changed))
            self.start_agent(any(path.startswith(AGENT_FILES) for path in changed))
        except Failed as failure:
            self.put_back()
            if changed != []:
                self.put_back_guard(bridged)
            self.give_back()
            if changed != [] and self.exists(TOKEN):
                self.run(["systemctl", "restart", "alias-switch.service"])
            raise Failed("%s\nthe files from before are in force again" % failure) from None
        self.remove_former()
        if not bridged:
            self.remove_bridge()
        self.remove_former_modules()
        self.remove_former_bytecode()
        self.hand_over_before_stops(retired, document["files"])

    def put_back_guard(self, bridged: bool) -> None:
        """A version without guard knows neither its table nor the gate of the tunnel, and makes a tunnel of its own."""
        guarded = self.exists(UNITS + GUARD_UNIT)
        self.run(["systemctl", "restart" if guarded else "stop", GUARD_UNIT])
        if not guarded:
            self.run(["nft", "delete", "table", "ip", "failover-pair-guard"])
            self.run(["ip", "link", "delete", "vip-tunnel"])
        if bridged:
            self.run(["systemctl", "restart" if self.exists(UNITS + BRIDGE_UNIT) else "stop", BRIDGE_UNIT])

    def copy_former(self, name: str) -> None:
        """What the services remember from before they had folders of their own."""
        held = self.held(RUN + name)
        if held and not self.exists(RUN + "agent/" + name):
            self.replace(RUN + "agent/" + name, *held)
            self.must("giving %s to the agent" % name, "chown", "-h", AGENT, self.path(RUN + "agent/" + name))

    def give_token(self) -> None:
        """Before the agent starts as a user of its own. One that still runs as root has read it."""
        if self.exists(TOKEN):
            self.must("giving the token to the agent", "chown", AGENT + ":", self.path(TOKEN))
            self.must("giving the token to the agent", "chmod", "0400", self.path(TOKEN))

    def give_back(self) -> None:
        """An agent of before is root without any capability: it can read or write nothing that is another user's."""
        unit = self.held(UNITS + "alias-switch.service")
        if unit and b"\nUser=" in unit[1]:
            return
        for path in filter(self.exists, (TOKEN, RUN + "vrrp.fifo", RUN + "yield")):
            self.run(["chown", "-h", "root:", self.path(path)])
        if self.exists(TOKEN):
            self.run(["chmod", "0600", self.path(TOKEN)])

    def remove_former(self) -> None:
        for path in filter(self.exists, (RUN + name for name in FORMER)):
            os.unlink(self.path(path))
        if self.exists(RUN + "agent"):
            self.link(RUN + "metrics.prom", "agent/metrics.prom")  # the agent of before may have written over it

    def remove_former_modules(self) -> None:
        """Last: a step that fails puts the programs of before back, which import them, and a bridge of before removes
        itself with them."""
        for path in filter(self.exists, ("%s/%s.py" % (LIB, name) for name in FORMER_MODULES)):
            os.unlink(self.path(path))

    def start(self, what: str, unit: str, changed: bool) -> None:
        self.must("enabling %s" % what, "systemctl", "enable", "--quiet", unit)
        self.must("starting %s" % what, "systemctl", "restart" if changed else "start", unit)

    def remove_bridge(self) -> None:
        if not self.exists(UNITS + BRIDGE_UNIT):
            return
        self.must("stopping the bridge", "systemctl", "disable", "--quiet", "--now", BRIDGE_UNIT)
        self.must("removing the bridge", BRIDGE, "remove")
        for path in (UNITS + BRIDGE_UNIT, BRIDGE):
            os.unlink(self.path(path))
        self.must("systemd refuses the units", "systemctl", "daemon-reload")

    def retire_foreign_keepalived(self) -> None:
        """One that was set up by hand would fight for the alias with scripts of its own; and with the virtual IP on
        the NIC by its doing, the agent would take this node for the MASTER."""
        held = self.held(KEEPALIVED)
        if held is not None and not held[1].startswith(OURS):
            self.must("stopping the keepalived that was here before", "systemctl", "stop", "keepalived.service")
            self.replace(KEEPALIVED + ".before-failover-pair", *held)
            os.unlink(self.path(KEEPALIVED))

    def start_agent(self, changed: bool) -> None:
        self.must("alias-switch does not run", LIB + "/alias-switch", "prepare")
        if not self.exists(TOKEN):
            return
        self.must("enabling alias-switch", "systemctl", "enable", "--quiet", "alias-switch.service")
        if changed:
            self.must("stopping alias-switch", "systemctl", "stop", "alias-switch.service")
            self.copy_former("agent.json")
        self.give_token()
        self.must("starting alias-switch", "systemctl", "start", "alias-switch.service")
        if changed:
            code, output = self.run([LIB + "/alias-switch", "check-token"])
            if code not in (0, 1):  # 1: a token that is refused is replaced by the next step
                raise Failed("alias-switch does not reach the API: %s" % tail(output))

    def token(self, token: str) -> None:
        what = (
            "%s keeps the token that it has: give one that works by `pulumi config set --secret`, and run `pulumi up`"
        )
        self.must(what % os.uname().nodename, LIB + "/alias-switch", "set-token", stdin=token)
        self.must("starting alias-switch", "systemctl", "enable", "--quiet", "--now", "alias-switch.service")
