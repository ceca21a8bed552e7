"""The model of the cloud answers as the local cloud has answered: see test/unit/lab/cloud/recording.test.ts."""

from __future__ import annotations

import json
import os
import random
import sys
import unittest
from typing import Any

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))

from sim.cloud import NETWORK, Cloud  # noqa: E402
from sim.scheduler import Scheduler  # noqa: E402

IDS = {"a": 1, "b": 2, "network": NETWORK, "action": 0}
NAMES = {1: "a", 2: "b"}
SECONDS = 1.0  # of an action


class Model:
    def __init__(self) -> None:
        self.scheduler, self.ids = Scheduler(), dict(IDS)
        self.cloud = Cloud(self.scheduler, random.Random(1))
        self.cloud.duration = (SECONDS, SECONDS)
        for name, address in (("a", "10.0.1.2"), ("b", "10.0.1.3")):
            self.cloud.add(IDS[name], name, address)

    def take(self, step: str) -> None:
        if step == "the next action fails":
            self.cloud.fail_action = 1.0
        else:
            self.scheduler.run(self.scheduler.now + 2 * SECONDS)

    def answer(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        sent = json.dumps({**body, "network": NETWORK}) if body else None
        status, document = self.cloud.answer("operator", 0.0, method, path.format(**self.ids), sent)
        if status == 201:
            self.cloud.fail_action = 0.0
        return self.told(status, document)

    def told(self, status: int, document: dict[str, Any]) -> dict[str, Any]:
        """As much of an answer as the recording has."""
        if status >= 400:
            return {"status": status, "code": document["error"]["code"]}
        if "action" in document:
            action = document["action"]
            self.ids["action"] = action["id"]
            return {
                "status": status,
                "action": {"status": action["status"], "code": (action["error"] or {}).get("code")},
            }
        if "server" in document:
            return {"status": status, "server": server_of(document["server"])}
        found: dict[str, Any] = {"status": status, "page": document["meta"]["pagination"]["next_page"]}
        if "members" in document:
            return {**found, "members": [member_of(one) for one in document["members"]]}
        return {**found, "servers": [server_of(one) for one in document["servers"]]}


def server_of(one: dict[str, Any]) -> dict[str, Any]:
    net = one["private_net"][0]
    found = {name: one[name] for name in ("name", "status", "locked")}
    return {**found, "ip": net["ip"], "aliases": sorted(net["alias_ips"])}


def member_of(one: dict[str, Any]) -> dict[str, Any]:
    return {"type": one["type"], "name": NAMES[one["id"]], "ip": one["ip"], "aliases": sorted(one["alias_ips"])}


class Recording(unittest.TestCase):
    def test_is_what_the_model_answers(self) -> None:
        model = Model()
        with open(os.path.join(HERE, "recording.json")) as file:
            steps = json.load(file)
        for number, step in enumerate(steps):
            if "step" in step:
                model.take(step["step"])
                continue
            with self.subTest("step %d" % number, request=step["request"]):
                self.assertEqual(model.answer(*step["request"]), step["answer"])


if __name__ == "__main__":
    unittest.main()
