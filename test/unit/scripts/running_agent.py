"""The agent's own loop on a node of the test's: what it waits for comes when the test says, and waiting takes no time."""

import json
import select
import signal
import types

import programs  # noqa: F401
from failover_pair import agent, carrying, hands, outside, publishing, talk
from node import Channel, OnANode

QUIET = 0.001  # what one waiting takes at least, so that a loop that never sleeps comes to its end too


class SharedChannel(Channel):
    """As `Outside` makes it: with what was remembered, and another one's resolver."""

    def __init__(self, cloud, resolver=None):
        super().__init__(cloud)
        self.resolver = resolver or self.resolver

    def check_idle(self):
        self.socket = None


class RunningAgent(OnANode):
    """`self.at(seconds, what)` says what happens; `self.runs(config)` runs the agent until the SIGTERM at its end."""

    def setUp(self):
        super().setUp()
        self.notified, self.plan, self.one = [], [], None
        self.metadata, self.peer_answers, self.system = None, False, "running"
        self.patch(agent, "select", types.SimpleNamespace(select=self.wait))
        for module in (agent, publishing):
            self.patch(module, "notify_systemd", self.notified.append)
        self.patch(outside, "Channel", lambda _config, _known=(), resolver=None: SharedChannel(self.cloud, resolver))
        self.patch(outside, "systemd_says", lambda *_: "/system.slice/nginx.service")
        # their threads
        self.patch(talk.Talk, "begin", lambda _: None)
        self.patch(carrying, "answers_echo", lambda *_: None)
        self.patch(hands, "unit_now", lambda _unit: self.keepalived)
        self.patch(hands, "systemd_says", lambda *_: self.system)
        self.patch(hands, "answers", lambda _config: self.peer_answers)
        self.patch(hands, "metadata_aliases", lambda _config: self.metadata)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        self.addCleanup(signal.set_wakeup_fd, -1)

    def wait(self, readers, _writers, _errors, seconds):
        """`select` of the agent's: what is due happens, and the clock goes on to it or to the end of the sleep."""
        self.plan.sort(key=lambda one: one[0])
        until = self.time + max(seconds, QUIET)
        if self.plan and self.plan[0][0] <= until:
            self.time, what = max(self.time, self.plan[0][0]), self.plan.pop(0)[1]
            what()
        else:
            self.time = until
        return select.select(readers, [], [], 0)

    def at(self, seconds, what):
        self.plan.append((1000.0 + seconds, what))

    def makes(self, **changes):
        self.one = agent.Agent(self.config(**changes))
        self.addCleanup(self.close)
        return self.one

    def close(self):
        one, out = self.one, self.one.outside
        out.fifo.close()
        signals = [getattr(one, name) for name in ("wakeup", "wake") if hasattr(one, name)]
        for each in (out.addresses.socket, *out.talk.sockets, *out.doors, *signals):
            each.close()

    def runs(self, seconds, **changes):
        """(exit code, its journal), after so many seconds and the signal to stop."""
        self.at(seconds, lambda: signal.raise_signal(signal.SIGTERM))
        config = self.config(**changes)
        self.makes(**changes)
        self.patch(agent, "Agent", lambda _config: self.one)
        code, _, journal = self.said(agent.run, config, None)
        return code, journal

    @property
    def state(self):
        return self.one.state

    def promote(self, *vips):
        """As keepalived does: the addresses first, then its word."""
        self.on_nic = list(vips)
        self.notify("MASTER")

    def demote(self):
        self.on_nic = []
        self.notify("BACKUP")

    def notify(self, state):
        self.tell_fifo('INSTANCE "web" %s 250' % state)

    def tell_fifo(self, line):
        with open(self.config().run("vrrp.fifo"), "w") as fifo:
            fifo.write(line + "\n")

    def written(self):
        return json.loads(self.read("agent/agent.json"))
