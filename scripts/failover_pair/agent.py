"""The service `alias-switch run`: makes the cloud agree with keepalived about which node has the virtual IP.

keepalived decides which node of a pair is MASTER; Hetzner Cloud delivers a virtual IP (VIP) to the server whose private
NIC has it as an *alias*, and only the API moves an alias. The agent is the service between the two.

Level-triggered: a notification (keepalived's FIFO, a changed address, a signal, a timer) only says "look again". MASTER
means that every VIP is on the NIC which has this node's own address: keepalived puts it there before it notifies
anybody and takes it away when it leaves MASTER, so no message can be lost, late or out of order.

core/ decides, hands.py carries out, and this loop waits and gathers what core/ has to know.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket

from failover_pair import clock
from failover_pair.claim_commands import Demoted
from failover_pair.core import decide
from failover_pair.core.peer import heard, leave, speak
from failover_pair.core.state import State
from failover_pair.hands import Chance, Hands, facts
from failover_pair.hearing import FRESH_SECONDS
from failover_pair.journal import log
from failover_pair.locks import hold_lock, make_folder
from failover_pair.nic import is_master, nic_text, vips_on_nic
from failover_pair.outside import Outside
from failover_pair.publishing import Publisher
from failover_pair.readers import read_flag
from failover_pair.saved import saved_state
from failover_pair.systemd import notify_systemd
from failover_pair.vrrp import advert_interval, vrrp_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from failover_pair.config import Config

MOST_SECONDS = 1.0  # of sleep: a FIFO that was replaced wakes nothing


class Stopped(Exception):
    pass


class Agent:
    """One thread, one loop: wait for anything at all, look, do what is due."""

    def __init__(self, config: Config) -> None:
        self.config = config
        make_folder(config)
        lock = hold_lock(config)
        saved = saved_state(config)
        self.outside = Outside(config, saved)
        chance, hearing = Chance(), self.outside.talk.heard
        self.state = State(config, saved, facts(self.outside), chance, hearing, advert_interval(config))
        self.outside.talk.promoted_at = self.state.role.promoted_at
        self.publisher = Publisher(self.outside, self.state, lock)
        self.hands = Hands(self.outside, self.state, self.publisher.publish, self.gate, self.pause)
        self.stopping = False
        if read_flag(config.run("yield")):
            # an agent has died while it let go: the peer says within three beats whether it is MASTER
            self.state.yielding.start(clock.now(), FRESH_SECONDS)

    def run(self) -> None:
        self.wakeup = self.listen_to_signals()
        os.umask(0o022)
        notify_systemd("READY=1")  # keepalived waits for it, and must not wait for the API
        self.hands.perform(speak(self.state))
        self.outside.talk.begin()
        if self.outside.journeys:
            self.outside.journeys.questions.asked_ports()
        log("alias-switch for %s on %s started: %s" % (self.config.what, self.config.node, self.config.endpoint))
        self.publisher.publish()
        try:
            while True:
                following = self.hands.perform(decide.decide(self.state, self.seen()))
                if self.publisher.due:
                    self.publisher.publish()
                self.absorb(following - clock.now())
        except Stopped:
            self.hands.perform(leave(self.state))
            self.publisher.publish()
            log("alias-switch stopped")

    def listen_to_signals(self) -> socket.socket:
        """Where a signal shows."""
        wakeup, wake = socket.socketpair()
        for end in (wakeup, wake):
            end.setblocking(False)
        self.wake = wake
        signal.set_wakeup_fd(wake.fileno())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        return wakeup

    def on_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            decide.hurry(self.state)
        else:
            self.stopping = True

    def seen(self) -> decide.Seen | None:
        """What the NIC shows; None if it cannot be read."""
        try:
            index, on_nic = vips_on_nic(self.config)
            return decide.Seen(index is not None, nic_text(index), self.config.vips[0] in on_nic)
        except OSError as error:
            log("cannot read the NIC: %s" % error, 3)
            return None

    def gate(self) -> None:
        """Before each change: only a MASTER may make one. A node that cannot read its NIC is not one."""
        if self.stopping:
            raise Stopped
        try:
            if is_master(self.config):
                return
        except OSError as error:
            log("cannot read the NIC: %s" % error, 3)
        raise Demoted

    def pause(self, seconds: float) -> None:
        """Waits inside a claim; ends early for a new token, SIGHUP or the operator, at once for a demotion."""
        until, claims = clock.now() + seconds, self.state.claims
        while clock.now() < until:
            if self.absorb(until - clock.now()):
                self.gate()
            if claims.hurry:
                claims.hurry = False
                return

    # -- waiting

    def absorb(self, seconds: float) -> bool:
        """Waits until something happens, at most so long, and takes note of it. True if something did."""
        outside, state = self.outside, self.state
        notify_systemd("WATCHDOG=1")
        self.hands.perform(speak(state))
        outside.keep_open()
        news: list[socket.socket | int] = [outside.addresses.socket, self.wakeup]
        news += [outside.fifo.fd] * (outside.fifo.fd >= 0)
        idle = {channel.socket: channel for channel in (outside.channel, outside.side) if channel.socket}
        readers = [*news, *outside.talk.sockets, *outside.doors, *idle]
        seconds = max(0.0, min(seconds, MOST_SECONDS))
        outside.standstill.waits("loop", seconds)
        ready, _, _ = select.select(readers, [], [], seconds)
        outside.standstill.goes_on("loop")
        state.record.statistics.wakeups += 1
        for channel in [idle[one] for one in ready if one in idle]:
            channel.check_idle()
            channel.keep_warm()
        self.hands.gather()
        self.take_news(ready)
        self.take_words(ready)
        if outside.token.changed():
            outside.forget_token()
            self.hands.perform(decide.token_replaced(state))
        if self.stopping:
            raise Stopped
        return any(one in news for one in ready)

    def take_news(self, ready: list[socket.socket | int]) -> None:
        """Of this node itself."""
        outside = self.outside
        if outside.addresses.socket in ready:
            outside.addresses.drain()
        if self.wakeup in ready:
            with contextlib.suppress(BlockingIOError):
                self.wakeup.recv(64)
        if outside.fifo.fd in ready:
            events = [vrrp_event(line) for line in outside.fifo.lines()]
            self.hands.perform(decide.on_events(self.state, events))

    def take_words(self, ready: list[socket.socket | int]) -> None:
        """Of the peer's agent and of the bridge. What is new about journeys is written at once."""
        talk, journeys = self.outside.talk, self.outside.journeys
        if any(one in ready for one in talk.sockets):
            before = talk.heard.told.journey
            talk.hear()
            self.hands.gather()
            if talk.heard.told.journey != before:
                self.publisher.publish()
            heard(self.state)
            if journeys and talk.heard.fresh(clock.now()) and journeys.explaining.hear_peer(talk.heard.told):
                self.publisher.publish()
        if journeys and journeys.explaining.door in ready and journeys.explaining.hear_bridge():
            self.publisher.publish()


def run(config: Config, _options: argparse.Namespace) -> int:
    Agent(config).run()
    return 0
