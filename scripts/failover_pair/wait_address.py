"""Waits until a NIC has this node's private address and prints the NIC's name: wait-address [ADDRESS [SECONDS]].

A private NIC is attached while the server boots already, and no unit of the images waits for it. The address is by
default the one of config.json, the time 30 s, after which it fails and systemd tries again. Exit 1: it is not there.

Without an ADDRESS, as keepalived.service runs it, the name is put into keepalived.conf too: another kernel or server
type gives the NIC another name, and with the old one keepalived would never start again.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time

from failover_pair import readers, shapes

CONFIG = "/etc/failover-pair/config.json"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
OURS = "# Written by FailoverPair"
CARE = ("systemctl", "--no-block", "start", "failover-pair-nic.service")
PATIENCE = 2.0  # seconds before the NIC is looked after: at a boot it comes by itself


def interface_of(address: str, links: object) -> str | None:
    """links: what `ip -j -4 address` prints. An interface that is down carries nothing."""
    for link in shapes.listing(links):
        if not link:  # what older versions print for a NIC without an address
            continue
        listed = shapes.field(link, "addr_info", shapes.optional(shapes.list_of(shapes.mapping))) or []
        flags = shapes.field(link, "flags", shapes.optional(shapes.listing)) or []
        if any(one.get("local") == address for one in listed) and "UP" in flags:
            return shapes.field(link, "ifname", shapes.text)
    return None


def named(conf: str, name: str) -> str:
    """The configuration with this NIC, where it names one."""
    conf = re.sub(r"(?m)^(\s*interface )\S+$", lambda found: found[1] + name, conf)
    return re.sub(r"(?m)^(\s*[\d.]+/32 dev )\S+$", lambda found: found[1] + name, conf)


def put_in(name: str, path: str = KEEPALIVED) -> bool:
    """Atomically, and only if it differs; a configuration of another origin stays as it is."""
    conf = readers.read_text(path, links=True)
    if conf is None:
        return False
    wanted = named(conf, name)
    if not conf.startswith(OURS) or wanted == conf:
        return False
    descriptor, temporary = tempfile.mkstemp(prefix=".failover-pair-", dir=os.path.dirname(path))
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), os.stat(path).st_mode & 0o7777)
        file.write(wanted)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    print("the private NIC is %s now: %s names it" % (name, path), file=sys.stderr)
    return True


def care() -> None:
    """Without waiting for it. Where it cannot be started, there is what the image does itself."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(CARE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=5)


def leads_to(peer: str, name: str) -> bool:
    """Whether the way to the peer is by this NIC: one that was down has lost its routes."""
    found = subprocess.run(["ip", "-j", "route", "get", peer], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        return shapes.mapping(shapes.output(found.stdout)[0]).get("dev") == name
    except (ValueError, LookupError, TypeError):
        return False


def named_by_ip(address: str) -> str | None:
    """None where `ip` fails, or prints something that is not known."""
    said = subprocess.run(["ip", "-j", "-4", "address"], stdout=subprocess.PIPE).stdout
    try:
        return interface_of(address, shapes.output(said))
    except shapes.Odd:
        return None


def wait(address: str, seconds: float) -> str | None:
    """The NIC's name, or None. The NIC is looked after meanwhile, by a service that also lasts longer."""
    began, cared = time.monotonic(), False
    while True:
        name, waited = named_by_ip(address), time.monotonic() - began
        if name or waited >= seconds:
            return name
        if waited >= PATIENCE and not cared:
            cared = True
            care()
        time.sleep(0.1)


def main(arguments: list[str]) -> int:
    peer = None
    if arguments:
        address = arguments[0]
    else:
        try:
            config = readers.settings(CONFIG, {"address": shapes.ipv4, "peerAddress": shapes.ipv4})
        except (OSError, shapes.Odd) as error:
            print("%s: %s" % (CONFIG, error), file=sys.stderr)
            return 1
        address, peer = config["address"], config["peerAddress"]
    name = wait(address, float(arguments[1] if len(arguments) > 1 else 30))
    if not name:
        text = "no NIC has the address %s yet; what is done about it: journalctl -u failover-pair-nic.service"
        print(text % address, file=sys.stderr)
        return 1
    if peer:
        put_in(name)
        if not leads_to(peer, name):
            care()
    print(name)
    return 0
