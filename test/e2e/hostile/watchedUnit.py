"""Makes a service whose user writes its environment, lets it start, stop, crash and restart, and prints as JSON what keepalived
was told meanwhile: for each case a list of [milliseconds since its beginning, value of the track file]."""

import json
import os
import subprocess
import threading
import time

FLAG = "/run/failover-pair/service"
UNIT = "/etc/systemd/system/app.service"
HOME = "/home/app"
PROGRAMS = "sh cat flock systemctl awk timeout systemd-run sleep echo true".split()


def run(*words):
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def unit(start="/usr/bin/sleep infinity", **settings):
    lines = ["[Unit]", "StartLimitIntervalSec=0", "[Service]", "User=app", "Environment=PATH=%s/bin:/usr/bin:/bin" % HOME]
    lines += ["EnvironmentFile=%s/env" % HOME, "ExecStart=" + start]
    write(UNIT, "\n".join(lines + ["%s=%s" % entry for entry in settings.items()]) + "\n")
    run("systemctl", "daemon-reload")


def prepare():
    run("useradd", "--create-home", "app")
    for name in PROGRAMS:
        write("%s/bin/%s" % (HOME, name), "#!/bin/bash\n/usr/bin/id -u >>%s/ran\n" % HOME, 0o755)
    write(HOME + "/env", "FAILOVER_PAIR_RUN=%s\nENV=%s/bin/sh\nBASH_ENV=%s/bin/sh\nPATH=%s/bin\n" % ((HOME,) * 4))
    run("chown", "-R", "app:", HOME)
    with open("/etc/systemd/system/nginx.service.d/failover-pair.conf") as file:
        write(UNIT + ".d/failover-pair.conf", file.read())


def told(action, seconds):
    """What the track file says from now on, for so long."""
    found, began = [], time.monotonic()
    actor = threading.Thread(target=action)
    actor.start()
    while time.monotonic() - began < seconds:
        with open(FLAG) as file:
            value = file.read().strip()
        if value and (not found or found[-1][1] != value):
            found.append([round((time.monotonic() - began) * 1000), value])
        time.sleep(0.002)
    actor.join()
    return found


def order(*words):
    return lambda: run("systemctl", *words, "app.service")


def crash():
    run("systemctl", "kill", "--signal=KILL", "app.service")


def started():
    run("systemctl", "start", "app.service")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with open(FLAG) as file:
            if file.read().strip() == "0":
                return
        time.sleep(0.05)
    raise SystemExit("the flag does not become 0")


def main():
    prepare()
    found = {}
    unit()
    write(FLAG, "1\n")
    found["start"] = told(order("start"), 2)
    found["restart"] = told(order("restart"), 2)
    found["reload"] = told(order("reload"), 1)
    found["crash"] = told(crash, 1.5)
    started()
    found["stop"] = told(order("stop"), 1.5)
    unit(ExecStop="/usr/bin/sleep 2")
    started()
    found["slow stop"] = told(order("stop"), 3)
    unit(ExecStopPost="/usr/bin/sleep 2")
    started()
    found["crash, slow ExecStopPost"] = told(crash, 3)
    unit(Restart="always", RestartSec="300ms")
    started()
    found["crash, started again"] = told(crash, 3)
    unit(Restart="always", RestartSec="0")
    started()
    found["crash, started again at once"] = told(crash, 3)
    unit()
    run("systemctl", "restart", "app.service")
    started()
    unit(start="/usr/bin/false", Type="notify")
    found["restart that fails"] = told(order("restart"), 1.5)
    unit(Restart="no")
    started()
    run("systemctl", "stop", "failover-pair-handover@app.service")
    found["what tells is stopped"] = told(order("start"), 0.5)
    run("systemctl", "stop", "app.service")
    with open(HOME + "/ran") if os.path.exists(HOME + "/ran") else open(os.devnull) as file:
        found["ran as"] = sorted(set(file.read().split()))
    os.unlink(UNIT)
    os.unlink(UNIT + ".d/failover-pair.conf")
    run("systemctl", "daemon-reload")
    run("/usr/local/lib/failover-pair/service-hook", "check", "nginx.service")
    print(json.dumps(found))


main()
