"""`node-setup install`: packages, the user's script, keys."""

from __future__ import annotations

import os
import re
import sys
import tempfile

from failover_pair.setup.keys import with_keys
from failover_pair.setup.node import Failed, Node, tail
from failover_pair.setup.paths import AUTHORIZED_KEYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

POLICY = """#!/bin/sh
# Written by failover-pair, removed by it a moment later: keepalived starts when it has a configuration.
case $1 in keepalived*) exit 101 ;; esac
exit 0
"""


class Packages(Node):
    def install(self, document: dict[str, Any]) -> None:
        self.wait_for_cloud_init()
        if document.get("authorizedKeys"):
            self.authorize(document["authorizedKeys"])
        missing = [name for name in document["packages"] if not self.installed(name)]
        if missing:
            self.install_packages(missing)
            self.renew_keepalived()
        if document.get("installScript"):
            self.run_script(document["installScript"])

    def authorize(self, keys: list[str]) -> None:
        held = self.held(AUTHORIZED_KEYS)
        wanted = (0o600, with_keys(held[1] if held else b"", keys))
        if held != wanted:
            os.makedirs(self.path(os.path.dirname(AUTHORIZED_KEYS)), mode=0o700, exist_ok=True)
            self.replace(AUTHORIZED_KEYS, *wanted)

    def wait_for_cloud_init(self) -> None:
        code, output = self.run(["cloud-init", "status", "--wait"])
        if code not in (0, 2, 127):  # 2: it has warnings, which are not ours; 127: an image without it
            print("cloud-init ended with an error, going on: %s" % tail(output, 3), file=sys.stderr)
        # 22.4 (Debian 12) calls itself done between two of its stages: only the last one writes a result
        for _ in range(3000):
            if not self.exists("/run/cloud-init/enabled") or self.exists("/run/cloud-init/result.json"):
                return
            if self.run(["systemctl", "is-failed", "--quiet", "cloud-final.service"])[0] == 0:
                return
            self.sleep(0.2)
        print("cloud-init has no result after 600 s, going on", file=sys.stderr)

    def installed(self, package: str) -> bool:
        """`package` is a name, or NAME=VERSION as apt-get takes it."""
        name, _, version = package.partition("=")
        code, output = self.run(["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", name])
        status, _, found = output.strip().partition(" ")
        return code == 0 and status == "installed" and version in ("", found)

    def install_packages(self, names: list[str]) -> None:
        """A fresh server runs apt itself, and its mirror may be in the middle of an update: hence locks and retries."""
        policy = "/usr/sbin/policy-rc.d"
        ours = not self.exists(policy) and self.write(policy, "0755", POLICY.encode())
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
        settings = ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]
        options = ["--no-install-recommends", "--allow-downgrades"]  # the way back from a version
        try:
            for left in (4, 3, 2, 1, 0):
                code, output = self.run([*apt, "update"])
                if code == 0:
                    words = [self.exact(name) for name in names]
                    code, output = self.run(apt + settings + ["install", "--yes", *options, "--"] + words)
                if code == 0:
                    return
                if left:
                    self.sleep(10)
            raise Failed("installing %s (exit %d):\n%s" % (" ".join(names), code, tail(output)))
        finally:
            if ours:
                os.unlink(self.path(policy))

    def exact(self, package: str) -> str:
        """The word that makes apt take this package and nothing else. apt takes a name that it does not know for a
        regular expression, a task, or the wish to remove a package; so only names that it knows get there."""
        name, _, version = package.partition("=")
        name, _, architecture = name.partition(":")
        known = self.run(["apt-cache", "--all-names", "pkgnames", "--", name])[1].split()
        if name in known and architecture:
            stanzas = self.run(["apt-cache", "show", "--no-all-versions", "--", "%s:%s" % (name, architecture)])[1]
            known = re.findall(r"(?m)^Package: (\S+)$", stanzas)
            known = known if set(known) == {name} else []
        if name not in known:
            raise Failed("apt knows no package %s: give the name of a Debian package, nothing was installed" % package)
        # apt reads a last + or - as a command, and only the last one
        return package + "+" if version.endswith(("+", "-")) else package

    def renew_keepalived(self) -> None:
        """Another version of it was kept from restarting it. If this node serves, the other one takes over."""
        pid = self.must(
            "looking at keepalived", *"systemctl show --property=MainPID --value keepalived.service".split()
        )
        try:
            program = os.readlink(self.path("/proc/%s/exe" % pid.strip()))
        except FileNotFoundError:  # it does not run yet
            return
        if program.endswith(" (deleted)"):
            self.must("keepalived does not restart", "systemctl", "restart", "keepalived.service")
            self.wait_healthy()

    def run_script(self, script: str) -> None:
        """From a file and not from stdin, which the script's own commands may read."""
        with tempfile.NamedTemporaryFile("w", prefix="failover-pair-install-", dir=self.path("/run")) as file:
            file.write(script)
            file.flush()
            environment = {"HOME": os.environ.get("HOME", "/root")}
            self.must("installScript failed", "bash", "-eu", file.name, timeout=3600, env=environment)
