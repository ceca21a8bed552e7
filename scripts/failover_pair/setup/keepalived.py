"""`node-setup configure` and `node-setup join`: keepalived's configuration: tried, put in force, watched."""

from __future__ import annotations

import contextlib
import glob
import os
import time

from failover_pair.setup.keepalived_conf import scripts, terms, without_power
from failover_pair.setup.node import Failed, Node, tail
from failover_pair.setup.paths import ASIDE, DRAIN, KEEPALIVED, LIB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHECKS, FORMER_CHECKS = "/etc/failover-pair/checks", LIB + "/checks"


class KeepalivedStep(Node):
    def configure(self, document: dict[str, Any]) -> None:
        interface = self.private_nic(document["address"])
        content = document["keepalivedConf"].replace("@INTERFACE@", interface)
        self.must("preparing the run folder", LIB + "/alias-switch", "prepare")
        if document.get("service"):
            # it may have been running before its hooks were there
            self.must("looking at the service", LIB + "/service-hook", "check", document["service"])
        for check in document["files"]:
            self.try_check(check)
        try:
            self.write_all(document["files"])
            self.try_out(content)
            if document.get("changedFirst"):
                self.stand_aside(content)
        except Failed:
            self.put_back()
            raise
        before = self.held(KEEPALIVED)
        changed = before != (0o644, content.encode())
        self.must("enabling keepalived", "systemctl", "enable", "--quiet", "keepalived.service")
        try:
            first = bool(document.get("changedFirst"))
            self.put_in_force(changed, content, before[1].decode() if before else "", first)
        except Failed as failure:
            journal = self.run("journalctl --no-pager -n 20 -o short -u keepalived -u alias-switch".split())[1]
            undone = self.undo()
            raise Failed("%s\n%s\nthe last lines of the journal:\n%s" % (failure, undone, tail(journal, 20))) from None
        self.remove_checks_but(document["files"])
        if self.exists(ASIDE):
            # another text each time: `join` is run when this is another one
            print("stands aside until the other node is changed too: %d" % time.time_ns())

    def private_nic(self, address: str) -> str:
        """Its name. One that comes late is awaited by the node itself for ever, by an update for two minutes."""
        code, output = self.run([LIB + "/wait-address", address, "120"])
        if code:
            looked = self.run("journalctl --no-pager -n 5 -o cat -u failover-pair-nic.service".split())[1]
            text = "no private NIC has %s after 120 s; the node goes on trying, so run `pulumi up` again later:\n%s\n%s"
            raise Failed(text % (address, tail(output), tail(looked, 5)))
        return output.strip().splitlines()[-1]

    def stand_aside(self, content: str) -> None:
        """While only one node has the new configuration, neither believes the other one's adverts, and both would be
        MASTER."""
        held = self.held(KEEPALIVED)
        before, after = terms(held[1].decode() if held else content), terms(content)
        if before == after or self.exists(ASIDE):
            return
        if self.run(["ip", "-o", "-4", "address", "show", "to", before["virtual_ipaddress"]])[1].strip():
            changes = ["%s %s → %s" % (name, before.get(name), after.get(name)) for name in after]
            changed = ", ".join(change for name, change in zip(after, changes) if before.get(name) != after[name])
            raise Failed(
                "%s serves, and what both nodes have to agree upon changes only while the other one does (%s): "
                "nothing was changed here; hand over first, by `npx failover switchover`"
                % (os.uname().nodename, changed)
            )
        if (self.held(DRAIN) or (0, b""))[1].strip() == b"1":  # an operator drained it, and undrains it
            return
        self.replace(ASIDE, 0o644, b"")
        self.must("standing aside", LIB + "/alias-switch", "drain")

    def join(self) -> None:
        if self.exists(ASIDE):
            self.must("joining the other node", LIB + "/alias-switch", "undrain")
            os.unlink(self.path(ASIDE))
            self.wait_healthy()

    def try_check(self, check: dict[str, Any]) -> None:
        """keepalived takes a check for good until it has failed some times: too late to stop before the other node. A
        service that was installed a moment ago may still be starting."""
        if self.held(check["path"]) == (int(check["mode"], 8), check["content"].encode()):
            return
        trial = check["path"] + ".trial"
        self.replace(trial, int(check["mode"], 8), check["content"].encode())
        try:
            for left in range(9 if self.exists(KEEPALIVED) else 59, -1, -1):
                began = time.monotonic()
                code, output = self.run([self.path(trial)], timeout=10)
                self.longest_trial = max(self.longest_trial, time.monotonic() - began)
                if code in (0, 124):
                    break
                if left:
                    self.sleep(1)
        finally:
            os.unlink(self.path(trial))
        if code:
            name = os.path.basename(check["path"]), os.uname().nodename, code, tail(output)
            raise Failed("the check %s fails on %s (exit %d): nothing was changed here\n%s" % name)

    def try_out(self, content: str) -> None:
        """keepalived's own check. Any exit code but 0 means that it dropped or changed something."""
        candidate = KEEPALIVED + ".failover-pair"
        self.replace(candidate, 0o644, content.encode())
        try:
            self.must("keepalived would go without a check", LIB + "/alias-switch", "refused", self.path(candidate))
            self.must("keepalived refuses the configuration", "keepalived", "-t", "-f", self.path(candidate))
        finally:
            os.unlink(self.path(candidate))

    def put_in_force(self, changed: bool, content: str, before: str, first: bool) -> None:
        active = self.run(["systemctl", "is-active", "--quiet", "keepalived.service"])[0] == 0
        if active and changed:
            self.introduce(content, [name for name in scripts(content) if name not in scripts(before)])
        self.write(KEEPALIVED, "0644", content.encode())
        if not active:
            self.must("keepalived does not start", "systemctl", "restart", "keepalived.service")
        elif changed:
            self.reload()
        self.wait_healthy(*["--peer-may-be-new"] * first)

    def introduce(self, content: str, checks: list[str]) -> None:
        """keepalived 2.2.4 takes a check that comes with a reload for failed until it has run, and would hand over. So
        the new ones have no power until they have run once."""
        if checks:
            self.write(KEEPALIVED, "0644", without_power(content, checks).encode())
            self.reload()
            self.sleep(self.longest_trial + 1)

    def remove_checks_but(self, files: list[dict[str, Any]]) -> None:
        """No configuration runs them any more. They were under /usr/local once."""
        wanted = [self.path(file["path"]) for file in files]
        for folder in (CHECKS, FORMER_CHECKS):
            for path in glob.glob(self.path(folder) + "/*"):
                if path not in wanted:
                    os.unlink(path)
        with contextlib.suppress(OSError):
            os.rmdir(self.path(FORMER_CHECKS))

    def reload(self) -> None:
        """`systemctl reload` ends before keepalived has begun, which first tries the configuration out and may refuse
        it. But keepalived tells systemd when it begins and when all of it has read the configuration."""
        before = self.state()[1]
        kill = ["systemctl", "kill", "--kill-who=main", "--signal=HUP", "keepalived.service"]
        self.must("keepalived does not reload", *kill)
        for _ in range(100):
            active, changed = self.state()
            if active == "active" and changed != before:
                return
            self.sleep(0.1)
        raise Failed("keepalived (%s) has not taken the configuration within 10 s" % active)

    def state(self) -> tuple[str | None, str | None]:
        """(keepalived's ActiveState, when it last changed)"""
        names = ["--property=ActiveState", "--property=StateChangeTimestampMonotonic"]
        lines = self.must("looking at keepalived", "systemctl", "show", *names, "keepalived.service").splitlines()
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        return found.get("ActiveState"), found.get("StateChangeTimestampMonotonic")

    def undo(self) -> str:
        self.put_back()
        if KEEPALIVED not in self.before:
            return "the configuration is the one from before"
        if self.before[KEEPALIVED] is None:
            self.run(["systemctl", "disable", "--now", "--quiet", "keepalived.service"])
            return "keepalived was stopped and its first configuration removed again"
        code, output = self.run(["systemctl", "reload-or-restart", "keepalived.service"])
        if self.exists(ASIDE):
            self.run([LIB + "/alias-switch", "undrain"])
            os.unlink(self.path(ASIDE))
        return "the configuration from before is in force again" if code == 0 else "nor the one before: %s" % output
