"""Asks as the agent does, and tells what it found as JSON: journeyProgram.py CONFIG PEER_CONFIG real|peace PORT..."""

import json
import os
import socket
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "scripts"))
import programs  # noqa: E402, F401
from failover_pair import clock, journey  # noqa: E402


def bridge_says(config, question):
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(os.path.join(folder, "ask.sock"))
        door.settimeout(5)
        door.sendto(question.encode(), os.path.join(config["runDir"], "bridge", "bridge.sock"))
        return json.loads(door.recv(65536))


def echo(config, peer):
    """What the agent does for questions about UDP."""
    answers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    lower = socket.inet_aton(config["address"]) < socket.inet_aton(peer["address"])
    answers.bind(("169.254.73.1" if lower else "169.254.73.2", journey.ECHO_PORT))
    return answers


def main(mine, theirs, kind, *ports):
    with open(mine) as file, open(theirs) as other:
        config, peer = json.load(file), json.load(other)
    answers = echo(config, peer)
    nodes = (config, peer)
    before = [bridge_says(one, "count")["counters"] for one in nodes]
    source = journey.Sources().next(journey.REAL_PORTS if kind == "real" else journey.PEACE_PORTS)
    began = clock.now()
    asked = journey.Round(config["address"], config["vips"], journey.questions(ports), source)
    asked.collect(began + 0.01)
    try:
        data, sender = answers.recvfrom(64)
        answers.sendto(data, sender)
    except BlockingIOError:
        pass
    asked.collect(began + 0.4)
    took = clock.now() - began
    asked.close()
    after = [bridge_says(one, "explain") for one in nodes]
    gone = [journey.difference(*pair) for pair in zip(before, (one["counters"] for one in after))]
    failed = asked.failed()
    hints = {"asker": after[0]["suspects"], "holder": after[1]["suspects"]}
    text = journey.story(failed, *gone, "asker", "holder", hints) if failed else None
    found = {"story": text, "ms": round(took * 1000, 2), "published": after[0]["published"], "counters": gone}
    print(json.dumps(found))


main(*sys.argv[1:])
