"""`ip`, `tc`, `nft` and the kernel's switches, as far as the bridge and the guard use them: state in, state out."""

import builtins
import io
import json
import socket
import struct
import subprocess
import types

import programs  # noqa: F401
from failover_pair import kernel, readers
from failover_pair.bridge import tunnel
from failover_pair.guard import table
from node import OnANode

SWITCHES = "/proc/sys/net/"
OWN, PEER, VIP = "10.0.1.2", "10.0.1.3", "10.0.1.1"
LINKS, NFT = 0, 1  # which listener of a service


class Switch(io.StringIO):
    def __init__(self, files, path):
        super().__init__()
        self.files, self.path = files, path

    def close(self):
        if not self.closed:
            self.files[self.path] = self.getvalue()
        super().close()


class FakeKernel:
    """`done` are the commands that change something; `broken` the first words of those that fail."""

    def __init__(self, address, peer):
        self.nic = {"ifname": "ens10", "mtu": 1450, "addr_info": [{"local": address}]}
        self.gateway, self.peer = "10.0.0.1", peer
        self.link, self.ends, self.neighbours = None, [], []
        self.qdisc, self.filters = False, []
        self.routes, self.rules, self.tables = {}, {}, {}
        self.files = {SWITCHES + "ipv4/ip_forward": "0", tunnel.NO_IPV6: "0"}
        for name in ("tcp_early_demux", "udp_early_demux"):
            self.files[SWITCHES + "ipv4/" + name] = "1"
        self.done, self.broken, self.counters = [], None, {}

    def install(self, test):
        for name in ("PIPE", "SubprocessError"):
            setattr(self, name, getattr(subprocess, name))
        test.patch(kernel, "subprocess", self)
        real = readers.read_text
        inside = lambda path: path.startswith(SWITCHES)
        test.patch(
            readers, "read_text", lambda path, *a, **k: self.files.get(path) if inside(path) else real(path, *a, **k)
        )
        opened = lambda path, *a: Switch(self.files, path) if inside(path) else builtins.open(path, *a)
        for module in (kernel, tunnel):
            module.open = opened
            test.addCleanup(delattr, module, "open")
        test.patch(tunnel, "os", types.SimpleNamespace(path=types.SimpleNamespace(exists=lambda _: bool(self.link))))
        return self

    def run(self, words, input=None, **_):
        text = " ".join(words)
        code, out = 0, ""
        if self.broken and text.startswith(self.broken):
            return subprocess.CompletedProcess(words, 1, "", "%s\nno\n" % self.broken)
        try:
            found = {"ip": self.ip, "tc": self.tc, "nft": self.nft}[words[0]](text, input)
            out = found if type(found) is str else json.dumps(found) if found is not None else ""
        except LookupError:
            code = 1
        return subprocess.CompletedProcess(words, code, out, "no such thing")

    def changed(self, text):
        self.done.append(text)

    def ip(self, text, stdin):
        words = text.split()
        if words[1] == "-json":
            return self.ip_tells(" ".join(words[2:]))
        self.changed(text)
        if text.startswith("ip link add"):
            self.add_link(words)
        elif text.startswith("ip link delete"):
            self.link, self.ends, self.neighbours, self.qdisc, self.filters = None, [], [], False, []
        elif text.startswith("ip link set"):
            self.link["flags"] = ["UP"] if words[-1] == "up" else []
        elif text.startswith("ip address add"):
            self.ends.append(words[3])
        elif text.startswith("ip neighbour replace"):
            self.neighbours = [{"dst": words[3], "lladdr": words[5], "state": ["PERMANENT"]}]
        elif text.startswith("ip route replace"):
            self.routes[words[-1]] = [{"dst": "default", "gateway": words[5], "dev": words[7]}]
        elif text.startswith("ip -4 route flush"):
            del self.routes[words[-1]]
        elif text.startswith("ip -4 rule del"):
            del self.rules[int(words[-1])]
        elif text == "ip -4 -batch -":
            for line in stdin.splitlines():
                self.rule(line.split())
        return None

    def rule(self, words):
        number, rest = int(words[3]), words[4:]
        if words[1] == "del":
            del self.rules[number]
            return
        found = {"priority": number}
        for name, value in zip(rest[::2], rest[1::2]):
            if name == "fwmark":
                found["fwmark"], found["fwmask"] = value.split("/")
            else:
                found[{"from": "src", "to": "dst", "lookup": "table", "type": "action"}.get(name, name)] = value
        self.rules[number] = found

    def add_link(self, words):
        value = lambda name: words[words.index(name) + 1]
        at = words.index("srcport")
        data = {"id": int(value("id")), "local": value("local"), "remote": value("remote"), "link": value("dev")}
        data["port"] = int(value("dstport"))
        data["port_range"] = {"low": int(words[at + 1]), "high": int(words[at + 2])}
        self.link = {"mtu": int(value("mtu")), "flags": [], "linkinfo": {"info_data": data}}

    def ip_tells(self, text):
        if text == "-4 address":
            return [{"addr_info": []}, self.nic] if self.nic else []
        if text.startswith("-details link show"):
            return [self.link] if self.link else []
        if text.startswith("-4 address show"):
            return [{"addr_info": [{"local": one} for one in self.ends]}]
        if text.startswith("neighbour"):
            return self.neighbours
        if text.startswith("-4 route get"):
            return [{"dst": self.peer, "gateway": self.gateway, "dev": "ens10"}]
        if text.startswith("-4 route show"):
            return self.routes.get(text.split()[-1], [])
        return [{"priority": 0, "src": "all"}, *(self.rules[one] for one in sorted(self.rules))]

    def tc(self, text, _stdin):
        if text.startswith("tc filter show"):
            return "".join(self.filters)
        if text.startswith("tc qdisc show"):
            return "qdisc ingress ffff:" if self.qdisc else ""
        self.changed(text)
        if "qdisc" in text:
            self.qdisc, self.filters = " add " in text, []
        else:
            self.filters = ["filter bpf handle 0x1 direct-action bytecode '%s'\n" % text.partition(" bytecode ")[2]]
        return ""

    def nft(self, text, stdin):
        if text.startswith("nft list table"):
            return self.tables[text.split()[-1]]
        if "counters" in text:
            return {"nftables": [{"counter": {"name": one, "packets": n}} for one, n in self.counters.items()]}
        if "list ruleset" in text:
            return {"nftables": []}
        self.changed(text)
        name, made = stdin.split()[2], stdin.split("\n", 2)[2]
        self.tables.pop(name, None)
        if made:
            self.tables[name] = made
        return ""


class Stop(Exception):
    """The end of a plan."""


class OnAFakeKernel(OnANode):
    """A service's loop follows a plan: each step is given the sockets that the loop waits for, and returns those that
    are ready. Where none is, the clock goes on to the end of the waiting. The kernel's messages are datagrams."""

    def setUp(self):
        super().setUp()
        self.kernel, self.senders = FakeKernel(OWN, PEER).install(self), {}
        self.patch(table, "agent_users", lambda: {0, 998})
        self.settings = {"address": OWN, "peerAddress": PEER, "vips": [VIP], "runDir": self.folder}

    def in_a_loop(self, module, service):
        """When the service looks, as a list that grows."""
        self.patch(module, "select", types.SimpleNamespace(select=self.wait))
        self.patch(module, "signal", types.SimpleNamespace(SIGTERM=15, SIGINT=2, signal=lambda *_: None))
        self.patch(kernel, "events", self.events)
        self.patch(kernel, "notify_ready", lambda: None)
        looks, look = [], service.look
        service.look = lambda: (looks.append(self.time), look())
        return looks

    def events(self, *_):
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        here.setblocking(False)
        self.senders[here] = there
        self.addCleanup(there.close)
        return here

    def wait(self, readers, _writers, _errors, seconds):
        if not self.plan:
            for each in readers:
                each.close()
            raise Stop
        ready = self.plan.pop(0)(readers)
        self.time += 0 if ready else seconds
        return ready, [], []

    def follows(self, plan, serve):
        """What the service has logged until the plan is at its end."""
        self.plan = list(plan)

        def until_stop():
            with self.assertRaises(Stop):
                serve()

        return self.said(until_stop)[2]

    @staticmethod
    def nothing(_readers):
        return []

    def kernel_says(self, listener, kind):
        def happens(readers):
            self.senders[readers[listener]].send(struct.pack("=IHHII", 16, kind, 0, 0, 0))
            return [readers[listener]]

        return happens
