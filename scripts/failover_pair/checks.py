"""keepalived's checks: what they are, whether keepalived runs them, and how they end now."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import stat
import subprocess

from failover_pair import clock
from failover_pair.readers import read_text

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.config import Config


def unsafe(path: str) -> str | None:
    """What makes keepalived refuse to run a program (enable_script_security), and the way out; None if nothing does."""
    steps = [path]
    while steps[-1] != "/":
        steps.append(os.path.dirname(steps[-1]))
    for step in reversed(steps):
        try:
            found = os.lstat(step)
        except OSError as error:
            return "%s: %s" % (step, error.strerror)
        if found.st_uid:
            return "%s does not belong to root: chown root %s" % (step, step)
        sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        if stat.S_ISLNK(found.st_mode) or sticky:
            continue
        if found.st_mode & stat.S_IWOTH or (found.st_gid and found.st_mode & stat.S_IWGRP):
            return "others than root may write to %s: chmod go-w %s" % (step, step)
    return None


def refused_checks(config: Config, conf: str | None = None) -> dict[str, str]:
    """{check: why keepalived does not run it}: it says so only in the journal, and goes on without the check."""
    checks = parse_checks(read_text(conf or config.keepalivedConf, links=True) or "")
    found = {name: unsafe(os.path.realpath(command[0])) for name, (command, _) in checks.items()}
    return {name: why for name, why in found.items() if why}


def parse_checks(text: str) -> dict[str, tuple[list[str], float]]:
    """name → (command, seconds) of every vrrp_script in a keepalived.conf."""
    found = {}
    for name, body in re.findall(r"^vrrp_script\s+(\S+)\s*\{(.*?)^\}", text, re.M | re.S):
        script = re.search(r'^\s*script\s+"([^"]*)"', body, re.M)
        timeout = re.search(r"^\s*timeout\s+([0-9.]+)", body, re.M)
        with contextlib.suppress(ValueError):  # a file that was edited by hand may have a quote without its twin
            words = shlex.split(script[1]) if script else []
            if words:
                found[name] = words, float(timeout[1]) if timeout else 2.0
    return found


def checks_now(config: Config) -> dict[str, str]:
    """
    name → "good", or what is wrong. Each is run here and now, all at once: keepalived tells its own opinion only in a
    journal that may be rotated away and in a dump in its private /tmp, and neither when it does not run.
    """
    checks = parse_checks(read_text(config.keepalivedConf, links=True) or "")
    started: dict[str, tuple[subprocess.Popen[bytes], float, float]] = {}
    found: dict[str, str] = {}
    for name, (command, seconds) in checks.items():
        quiet = subprocess.DEVNULL
        try:
            process = subprocess.Popen(command, start_new_session=True, stdin=quiet, stdout=quiet, stderr=quiet)
            started[name] = process, clock.now() + seconds, seconds
        except OSError as error:
            found[name] = "cannot be run: %s" % error.strerror
    found.update((name, outcome(*run)) for name, run in started.items())
    return {name: found[name] for name in checks}


def outcome(process: subprocess.Popen[bytes], until: float, seconds: float) -> str:
    try:
        code = process.wait(max(0, until - clock.now()))
        return "good" if code == 0 else "exit %d" % code
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return "no end within %g s" % seconds
