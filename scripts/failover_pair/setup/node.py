"""A server that is set up: its files and its programs."""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
import time

from failover_pair.setup.paths import LIB, PATH, UNITS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Failed(Exception):
    pass


def content_of(file: dict[str, Any]) -> bytes:
    if "base64" in file:
        return base64.b64decode(file["base64"])
    return str(file["content"]).encode()


def run(
    arguments: list[str], stdin: str | None = None, timeout: float = 900, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """(exit code, what it printed): both outputs together, as they were written."""
    fixed = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "LC_ALL": "C.UTF-8"}
    environment = {**os.environ, "PATH": PATH, **fixed, **(env or {})}
    try:
        done = subprocess.run(
            arguments,
            input=None if stdin is None else stdin.encode(),
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            env=environment,
        )
    except FileNotFoundError:
        return 127, "%s: not found" % arguments[0]
    except subprocess.TimeoutExpired as error:
        return 124, "%s\nnot done after %d s" % ((error.stdout or b"").decode("utf-8", "replace"), timeout)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def tail(text: str, lines: int = 30) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


class Node:
    """`root` and `run` are there for the tests: a folder that stands for /, and what runs programs."""

    def __init__(
        self, root: str = "", run: Callable[..., tuple[int, str]] = run, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.root, self.run, self.sleep = root, run, sleep
        self.longest_trial = 0.0  # seconds that a check took
        self.before: dict[
            str, tuple[int, bytes] | None
        ] = {}  # path → (mode, data) of what this run has replaced, or None

    def path(self, path: str) -> str:
        return self.root + path

    def must(self, what: str, *arguments: str, **options: Any) -> str:
        code, output = self.run(list(arguments), **options)
        if code:
            raise Failed("%s (exit %d):\n%s" % (what, code, tail(output)))
        return output

    def write(self, path: str, mode: str, content: bytes) -> bool:
        """Atomically, and only if it differs. True if it did."""
        wanted, old = (int(mode, 8), content), self.held(path)
        if old == wanted:
            return False
        self.replace(path, *wanted)
        self.before.setdefault(path, old)
        return True

    def held(self, path: str) -> tuple[int, bytes] | None:
        """(mode, data) of a file, or None."""
        try:
            with open(self.path(path), "rb") as file:
                return os.fstat(file.fileno()).st_mode & 0o7777, file.read()
        except FileNotFoundError:
            return None

    def replace(self, path: str, bits: int, data: bytes) -> None:
        folder = os.path.dirname(self.path(path))
        os.makedirs(folder, mode=0o755, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".failover-pair-", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), bits)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self.path(path))
        except BaseException:
            os.unlink(temporary)
            raise

    def put_back(self) -> None:
        """Undoes what this run has written: Pulumi takes a step that failed for one that was never made, so going back
        to the arguments from before would not mend the node."""
        for path, old in self.before.items():
            if old is not None:
                self.replace(path, *old)
            elif self.exists(path):
                os.unlink(self.path(path))
        if any(path.startswith(UNITS) for path in self.before):
            self.run(["systemctl", "daemon-reload"])

    def write_all(self, files: list[dict[str, Any]]) -> list[str]:
        """The paths that changed. What the changed ones need is done: units loaded, settings applied, folders made."""
        changed = [file["path"] for file in files if self.write(file["path"], file["mode"], content_of(file))]
        if any(path.startswith(UNITS) for path in changed):
            self.must("systemd refuses the units", "systemctl", "daemon-reload")
        for path in changed:
            if path.startswith("/etc/sysctl.d/"):
                self.must("sysctl refuses %s" % path, "sysctl", "--quiet", "--load", self.path(path))
        # the users before what belongs to them
        for program, option in (("sysusers", ()), ("tmpfiles", ("--create",))):
            for path in changed:
                if path.startswith("/etc/%s.d/" % program):
                    self.must("systemd-%s refuses %s" % (program, path), "systemd-" + program, *option, self.path(path))
        return changed

    def exists(self, path: str) -> bool:
        return os.path.exists(self.path(path))

    def link(self, path: str, target: str) -> None:
        if os.path.islink(self.path(path)) and os.readlink(self.path(path)) == target:
            return
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        temporary = self.path(path) + ".failover-pair"
        if os.path.lexists(temporary):
            os.unlink(temporary)
        os.symlink(target, temporary)
        os.replace(temporary, self.path(path))

    def wait_healthy(self, *options: str) -> None:
        self.must(
            "the node does not become healthy", LIB + "/alias-switch", "wait-healthy", "--timeout", "60", *options
        )
