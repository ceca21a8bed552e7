"""A node of a pair in a folder of the test's: its files, its NIC, a clock that only waiting moves, and a cloud API
without a socket."""

import contextlib
import io
import json
import os
import tempfile
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import clock, nic, wire
from failover_pair.api import client
from failover_pair.config import Config
from failover_pair.systemd import UnitNow

VIP, ME, PEER = "10.9.9.9", 2, 3
TOKEN = "t" * 64
OWN_ADDRESS, PEER_ADDRESS = "127.0.15.2", "127.0.15.3"  # of loopback, where each may be bound


class Cloud:
    """Two servers in a network. Each action succeeds at once. `refuse` is (status, code) for every request."""

    def __init__(self, holder=PEER):
        self.aliases = {ME: [], PEER: []}
        if holder:
            self.aliases[holder] = [VIP]
        self.addresses = {ME: OWN_ADDRESS, PEER: PEER_ADDRESS}
        self.names = {ME: "a", PEER: "b"}
        self.refuse, self.broken, self.asked = None, None, []

    def server(self, number):
        net = {"network": 7, "ip": self.addresses[number], "alias_ips": list(self.aliases[number])}
        name = self.names[number]
        return {"id": number, "name": name, "status": "running", "locked": False, "private_net": [net]}

    def member(self, number):
        address, aliases = self.addresses[number], list(self.aliases[number])
        return {"type": "server", "id": number, "ip": address, "alias_ips": aliases}

    def answer(self, method, path, body, _headers):
        self.asked.append("%s %s" % (method, path))
        if self.broken:
            raise self.broken
        if self.refuse:
            status, code = self.refuse
            return status, wire.Headers(), json.dumps({"error": {"code": code, "message": "no"}}).encode()
        left = wire.Headers({"ratelimit-limit": "3600", "ratelimit-remaining": "3500"})
        return 200, left, json.dumps(self.document(path, json.loads(body or "{}"))).encode()

    def document(self, path, body):
        parts = path.partition("?")[0].strip("/").split("/")
        if parts[-1] == "members":
            members = [self.member(number) for number in self.addresses]
            return {"members": members, "meta": {"pagination": {"next_page": None}}}
        if parts[-1] == "change_alias_ips":
            self.aliases[int(parts[1])] = body["alias_ips"]
        if parts[-1] == "change_alias_ips" or parts[0] == "actions":
            return {"action": {"id": 5, "status": "success"}}
        return {"server": self.server(int(parts[1]))}


class Channel:
    """Instead of a connection to the API."""

    def __init__(self, cloud):
        self.cloud, self.socket, self.answers = cloud, None, []
        self.url = types.SimpleNamespace(netloc="api")
        self.resolver = types.SimpleNamespace(known=[])
        self.request = cloud.answer

    def keep_warm(self):
        pass


class OnANode(unittest.TestCase):
    """A test of a node. `on_nic` are the VIPs on its NIC."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.on_nic, self.time = folder.name, [], 1000.0
        for name in ("agent", "bridge", "etc"):
            os.mkdir(os.path.join(self.folder, name))
        self.cloud = Cloud()
        self.keepalived = UnitNow("active", 100.0, 100.0)
        self.patch(clock, "now", lambda: self.time)
        self.patch(nic, "list_addresses", self.list_addresses)
        self.patch(client, "Channel", lambda _config: Channel(self.cloud))
        self.write("token", TOKEN)

    def list_addresses(self):
        return [(1, OWN_ADDRESS), *((1, vip) for vip in self.on_nic)]

    def demoted_by_a_request(self):
        """keepalived leaves MASTER while the next request is on its way."""
        answer = self.cloud.answer

        def demotes(*request):
            self.on_nic = []
            return answer(*request)

        self.cloud.answer = demotes

    def patch(self, module, name, value):
        patcher = mock.patch.object(module, name, value)
        patcher.start()
        self.addCleanup(patcher.stop)

    def sleeps(self, module, most=10000):
        """Waiting in this module moves the clock."""

        def sleep(seconds):
            sleep.times += 1
            assert sleep.times < most, "a wait without an end"
            self.time += seconds

        sleep.times, wall = 0, lambda: 1.8e9 + self.time
        self.patch(module, "time", types.SimpleNamespace(sleep=sleep, monotonic=lambda: self.time, time=wall))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.folder, name)) as file:
            return file.read()

    def config(self, **changes):
        values = {
            "pair": "web", "node": "a", "serverId": ME, "networkId": 7, "address": OWN_ADDRESS,
            "peerAddress": PEER_ADDRESS, "vips": [VIP], "endpoint": "http://api.example", "runDir": self.folder,
            "tokenFile": os.path.join(self.folder, "token"),
            "keepalivedConf": os.path.join(self.folder, "keepalived.conf"),
        }
        return Config(self.write("etc/config.json", json.dumps({**values, **changes})))

    def said(self, function, *arguments):
        """(what it returns, its output, its errors)."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = function(*arguments)
        return code, out.getvalue(), err.getvalue()
