"""examine.py FILE...: what a node of a pair is made of, for `failover doctor`. Changes nothing.

The first line is the node's clock, the second one a JSON object. FILEs are those whose digests are wanted; @SERVICE@ in
them stands for the watched service. What cannot be found out is null, and hides nothing else. It is run as `python3 -`,
so that nothing is left there: Python 3.9 or newer, standard library only.
"""

import hashlib
import json
import os
import pwd
import re
import select
import socket
import stat
import subprocess
import sys
import threading
import time

VRRP = 112
ETH_P_ALL = 3
PACKET_OUTGOING = 4
LISTEN = 3.5  # seconds: three adverts of the slowest preset
MOST = 256 * 1024  # letters of a file or an answer

print(repr(time.time()), flush=True)


def run(*words):
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=15)
    except FileNotFoundError:
        return {"code": 127, "said": "%s: not found" % words[0]}
    except subprocess.TimeoutExpired:
        return {"code": 124, "said": "no end after 15 s"}
    return {"code": done.returncode, "said": done.stdout.decode("utf-8", "replace").strip()[-MOST:]}


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(MOST)
    except OSError:
        return None


def parsed(text):
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def digest(path):
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return None


def token_file(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    try:
        owner = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = str(found.st_uid)
    return {"mode": "%04o" % stat.S_IMODE(found.st_mode), "owner": owner}


def space(path):
    found = os.statvfs(path)
    size, files = found.f_blocks * found.f_frsize, found.f_files
    free = found.f_bavail * found.f_frsize
    return {"path": path, "free": free, "size": size, "filesFree": found.f_favail, "files": files}


def adverts(config):
    """VRRP packets in a few seconds: sent, arrived at a NIC, and delivered, which is after this node's own firewall."""
    counts = {"sent": 0, "arrived": 0, "delivered": 0}
    mine, peer = (socket.inet_aton(config[name]) for name in ("address", "peerAddress"))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    inner = socket.socket(socket.AF_INET, socket.SOCK_RAW, VRRP)
    began = time.monotonic()
    with wire, inner:
        while True:
            spent = time.monotonic() - began
            if counts["delivered"] or spent > LISTEN:
                return counts
            for ready in select.select([wire, inner], [], [], 0.1)[0]:
                packet, source = ready.recvfrom(2048)
                sender = packet[12:16]
                if packet[9:10] != bytes([VRRP]):
                    continue
                if ready is inner:
                    counts["delivered"] += sender == peer
                elif source[2] == PACKET_OUTGOING:
                    counts["sent"] += sender == mine
                else:
                    counts["arrived"] += sender == peer


def listen(config, into):
    try:
        into["adverts"] = adverts(config)
    except (KeyError, TypeError, OSError) as error:
        into["advertsError"] = str(error)


def version():
    found = re.search(r"Keepalived (v[\d.]+)", run("keepalived", "--version")["said"])
    return found and found[1]


def failed_units():
    said = run("systemctl", "--failed", "--no-legend", "--plain")["said"]
    return [line.split()[0] for line in said.splitlines() if line.strip()]


def or_none(find, *words):
    """One thing that is odd on a node does not hide the others."""
    try:
        return find(*words)
    except Exception as error:
        print("%s: %r" % (find.__name__, error), file=sys.stderr)
        return None


USERS = re.compile(r'"([^"]*)",pid=(\d+)')


def sockets(vips):
    """Who listens at a virtual IP, or at every address: [{"port": "80/tcp", "address", "program", "pid", "uid", "cgroup"}]."""
    found = []
    for line in run("ss", "-Hlntup")["said"].splitlines():
        words = line.split()
        address, _, port = words[4].rpartition(":") if len(words) > 4 else ("", "", "")
        address = address.partition("%")[0].strip("[]")
        for program, pid in USERS.findall(line):
            if address in {"0.0.0.0", "::", "*", *vips}:
                cgroup = (read("/proc/%s/cgroup" % pid) or "").strip().rpartition("::")[2]
                status = re.search(r"^Uid:\s+(\d+)", read("/proc/%s/status" % pid) or "", re.M)
                entry = {"port": "%s/%s" % (port, words[0]), "address": address, "program": program, "pid": int(pid)}
                found.append({**entry, "uid": int(status[1]) if status else None, "cgroup": cgroup})
    return found[:200]


config = parsed(read("/etc/failover-pair/config.json"))
settings = config or {}
service, token = str(settings.get("service") or "none"), str(settings.get("tokenFile", "/etc/failover-pair/token"))
paths = [path.replace("@SERVICE@", service) for path in sys.argv[1:]]
found = {"config": config, "adverts": None}
listener = threading.Thread(target=listen, args=(settings, found))
listener.start()
found["status"] = parsed(run("alias-switch", "status", "--json")["said"])
found["tokenCheck"] = run("alias-switch", "check-token")
found["tokenFile"] = or_none(token_file, token)
found["keepalivedConf"] = read("/etc/keepalived/keepalived.conf")
found["confCheck"] = run("keepalived", "-t")
found["keepalivedVersion"] = or_none(version)
found["digests"] = {path: or_none(digest, path) for path in paths}
found["failedUnits"] = or_none(failed_units) or []
found["enabled"] = {unit: run("systemctl", "is-enabled", unit)["said"] for unit in ("keepalived", "alias-switch", "failover-pair-guard")}
found["disks"] = [known for known in (or_none(space, path) for path in ("/", "/run", "/var/log")) if known]
found["nonlocalBind"] = (read("/proc/sys/net/ipv4/ip_nonlocal_bind") or "").strip()
found["sockets"] = or_none(sockets, (config or {}).get("vips") or []) or []
found["agentPorts"] = (parsed(read("/run/failover-pair/agent/agent.json")) or {}).get("ports")
listener.join()
print(json.dumps(found))
