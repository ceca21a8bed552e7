"""The service `alias-switch run`: makes the cloud agree with keepalived about which node has the virtual IP.

keepalived decides which node of a pair is MASTER; Hetzner Cloud delivers a virtual IP (VIP) to the server whose private
NIC has it as an *alias*, and only the API moves an alias. The agent is the service between the two.

Level-triggered: a notification (keepalived's FIFO, a changed address, a signal, a timer) only says "look again". MASTER
means that every VIP is on the NIC which has this node's own address: keepalived puts it there before it notifies
anybody and takes it away when it leaves MASTER, so no message can be lost, late or out of order.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import random
import select
import signal
import socket
import time

from failover_pair import clock, readers
from failover_pair.api.client import Api
from failover_pair.api.connection import Channel
from failover_pair.api.errors import LOUD, ApiError, pause_after
from failover_pair.api.token import Token
from failover_pair.bridge_client import BridgeClient
from failover_pair.carrying import Carrying
from failover_pair.checks import refused_checks
from failover_pair.claiming import Claim, Demoted
from failover_pair.clock import LONG_AGO, NEVER
from failover_pair.journal import log, scrub
from failover_pair.locks import beat_lock, hold_lock, make_folder
from failover_pair.metadata import metadata_aliases
from failover_pair.metrics import Statistics
from failover_pair.netlink import AddressEvents
from failover_pair.nic import answers, is_master, nic_changed, nic_text, vips_on_nic
from failover_pair.policy import (
    RESTART_SECONDS,
    Dispute,
    Kind,
    Lost,
    Question,
    Settled,
    TwoMasters,
    Yielding,
    settle,
)
from failover_pair.readers import read_flag
from failover_pair.readiness import not_ready
from failover_pair.runfiles import write_atomically, write_flag
from failover_pair.saved import saved_state
from failover_pair.systemd import DEAD, notify_systemd, seconds_of, systemd_says, unit_state
from failover_pair.talk import Talk, stays_master
from failover_pair.timing import Timing
from failover_pair.vrrp import LISTENS_SECONDS, STATES, Fifo, advert_interval, vrrp_event
from failover_pair.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any, NamedTuple

    from failover_pair.api.documents import Server
    from failover_pair.api.readings import Reading
    from failover_pair.config import Config
    from failover_pair.policy import Deciding, Verdict
else:
    from failover_pair.records import NamedTuple

METADATA_SECONDS = 2.0  # while MASTER: no quota, and a strip of the alias, seen by nothing else, is to be over in 5 s
BELIEF_SECONDS = 5.0  # how old a node's knowledge of the holder may be where only the bridge needs it ...
CARRYING_SECONDS = 1.0  # ... and while it takes itself for the holder and the MASTER is another, which does not last
API_CHECK_FACTOR = 20  # times verifySeconds from one check by the API to the next ...
API_ONLY_FACTOR = 10  # ... and this many times without metadata: 1,200 of the 3,600 requests an hour for 100 pairs
FIT_SECONDS = 10.0  # how long a holder has to be well before it is MASTER again, but no longer than half the grace ...
GAVE_BACK_SECONDS = 600.0  # ... and once in this time: one that fails again and again is not relied upon
HOPELESS_SECONDS = 4.0  # after which a claim that could not begin is left to a peer that is MASTER and holder


class Stopped(Exception):
    pass


class Deadline(NamedTuple):
    name: str
    at: float
    handler: Callable[[], None]


class Agent:
    """One thread, one loop: wait for anything at all, look, do what is due."""

    def __init__(self, config: Config) -> None:
        self.config = config
        make_folder(config)
        self.lock = hold_lock(config)
        saved = saved_state(config)
        self.token = Token(config.tokenFile)
        self.token.changed()
        self.channel = Channel(config, saved["addresses"] or [])
        self.side = Channel(config, resolver=self.channel.resolver)
        self.api = Api(config, self.token, self.channel, self.side)
        self.readings: dict[str, Reading | None] = {}
        self.timing = Timing(saved.get("timing"))
        self.bridge = BridgeClient(config)
        self.talk = Talk(config, self.bridge)
        self.journeys = Carrying(config, self.bridge.own, saved, self.unit_cgroup, log) if self.bridge.on else None
        self.leaving = False
        # MASTER, and the peer has the alias and carries; the alias follows at follow_at
        self.carried: str | None = None
        self.missed, self.beat_at, self.follow_at = 0, NEVER, NEVER
        self.drained: bool | None = True
        self.gave_back_at = LONG_AGO  # drained: keepalived left MASTER on purpose, or the reason is unknown
        self.belief_at = clock.now() if self.bridge.on else NEVER
        self.peer_id: int | None = None
        self.nic = nic_text(None)
        self.statistics = Statistics()
        self.fifo, self.addresses = Fifo(config.run("vrrp.fifo")), AddressEvents()
        self.stopping = self.hurry = self.insist = False
        self.master = bool(saved.get("master"))
        self.confirmed = self.master and bool(saved.get("confirmed"))
        self.confirmed_at: float | None = None
        self.vrrp, self.since = saved["vrrp"], saved["since"]
        self.last_claim: dict[str, Any] | None = saved["lastClaim"]
        self.last_error: dict[str, Any] | None = saved["lastError"]
        self.settle_at, self.state_at = NEVER, clock.now()
        self.yielding = Yielding()
        if read_flag(config.run("yield")):
            # an agent has died while it let go: the peer says within three beats whether it is MASTER
            self.yielding.start(clock.now(), Talk.FRESH_SECONDS)
        self.told_vrrp: bool | None = None
        self.advert_interval = advert_interval(config)
        # VIPs of an earlier configuration: they must not stay with this server, they may be wanted elsewhere
        self.former = [vip for vip in saved.get("vips") or [] if vip not in config.vips]
        self.release_at = clock.now() if self.former else NEVER
        # this node claims, even from the peer, until one claim has succeeded; a restart is not a new promotion
        self.dispute = Dispute(self.master and (saved["mandate"] is not False or saved["carriedBy"] is not None))
        self.talk.known = bool(saved.get("peerKnown"))
        self.talk.promoted_at = saved["promotedAt"] if self.master else None  # by the monotonic clock
        self.claimed_at = LONG_AGO
        self.check_at = self.verify_at = clock.now()
        self.api_due = self.metadata_at = clock.now()
        self.metadata_pause = 0.0
        self.token_at, self.failures_in_row = clock.now(), 0
        self.published_at, self.unwritable = LONG_AGO, False
        self.published_peer: object = None
        self.not_ready: str | None = "not looked at yet"
        self.ready_at = clock.now()
        self.doubts_nic = False  # keepalived has told of a fault
        self.pushed: dict[str, float] = {}  # name of a deadline → until when it is put off

    # -- waiting

    def run(self) -> None:
        self.wakeup, wake = socket.socketpair()
        for end in (self.wakeup, wake):
            end.setblocking(False)
        signal.set_wakeup_fd(wake.fileno())
        signal.signal(signal.SIGTERM, self.on_signal)
        signal.signal(signal.SIGINT, self.on_signal)
        signal.signal(signal.SIGHUP, self.on_signal)
        os.umask(0o022)
        notify_systemd("READY=1")  # keepalived waits for it, and must not wait for the API
        self.speak()
        self.talk.begin()
        if self.journeys:
            self.journeys.asked_ports()
        log("alias-switch for %s on %s started: %s" % (self.config.what, self.config.node, self.config.endpoint))
        self.publish()
        try:
            while True:
                self.look()
                if clock.now() - self.published_at > 60 or self.published_peer != self.peer_says:
                    self.publish()  # the age of the files tells whether anybody is at work here
                self.absorb(self.next_look() - clock.now())
        except Stopped:
            self.leave()
            self.publish()
            log("alias-switch stopped")

    def unit_cgroup(self) -> str:
        """Whose listening sockets are the service's; empty where no unit is watched or systemd does not tell."""
        if not self.config.service:
            return ""
        return systemd_says("show", "--property=ControlGroup", "--value", self.config.service) or ""

    def on_signal(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self.hurry, self.check_at = True, clock.now()
        else:
            self.stopping = True

    def absorb(self, seconds: float) -> bool:
        """Waits until something happens, at most so long, and takes note of it. True if something did."""
        notify_systemd("WATCHDOG=1")
        self.speak()
        self.fifo.reopen_if_replaced()
        self.channel.keep_warm()
        if self.channel.socket:
            self.side.keep_warm()
        readers: list[socket.socket | int] = [self.addresses.socket, self.wakeup, *[self.fifo.fd] * (self.fifo.fd >= 0)]
        door = self.journeys.door if self.journeys else None
        readers += [*self.talk.sockets, *([door] if door else [])]
        idle = {channel.socket: channel for channel in (self.channel, self.side) if channel.socket}
        ready, _, _ = select.select(readers + list(idle), [], [], max(0.0, min(seconds, 1.0)))
        self.statistics.wakeups += 1
        for channel in [idle[one] for one in ready if one in idle]:
            channel.check_idle()
            channel.keep_warm()
        if self.addresses.socket in ready:
            self.addresses.drain()
        if self.wakeup in ready:
            with contextlib.suppress(BlockingIOError):
                self.wakeup.recv(64)
        if self.fifo.fd in ready:
            self.on_events([vrrp_event(line) for line in self.fifo.lines()])
        if any(one in ready for one in self.talk.sockets):
            before = self.talk.peer.journey
            self.talk.hear()
            self.hear_journeys(self.talk.peer.journey != before)
            if self.carried and self.talk.left:
                self.beat_at = clock.now()
            if self.master and self.talk.master:
                self.settle_at = clock.now()
            if self.journeys and self.talk.fresh:
                self.hear_journeys(self.journeys.hear_peer(self.talk.peer))
        if self.journeys and door in ready:
            self.hear_journeys(self.journeys.hear_bridge())
        if self.token.changed():
            self.token.value, self.hurry = None, True
            self.api.forget_token()
            self.check_at = self.token_at = clock.now()
            log("the token was replaced")
        if self.stopping:
            raise Stopped
        return any(one not in idle and one is not door and one not in self.talk.sockets for one in ready)

    def on_events(self, events: list[str | None]) -> None:
        """All that came at once: a flood costs one look and one line."""
        if ("MASTER" in events and not self.yielding.trying) or "CLAIM" in events:
            self.promoted()
        self.hurry |= "CLAIM" in events
        self.insist |= "CLAIM" in events
        if "MASTER_RX_LOWER_PRI" in events:
            self.heard_lower()
        states = [event for event in events if event in STATES]
        self.doubts_nic |= "FAULT" in states
        if states:
            self.set_vrrp(states[-1])

    def set_vrrp(self, state: str) -> None:
        self.ready_at = clock.now()
        if state != self.vrrp:
            log("%s → %s" % (self.vrrp or "unknown", state))
            self.vrrp, self.since, self.state_at = state, time.time(), clock.now()
            self.publish()

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
        until = clock.now() + seconds
        while clock.now() < until:
            if self.absorb(until - clock.now()):
                self.gate()
            if self.hurry:
                self.hurry = False
                return

    def waiting_for(self) -> list[Deadline]:
        """Everything that this node waits for in its situation: (name, time, handler), first things first. The loop
        sleeps until the first of these times and calls the handler of what is due, so it waits for nothing that
        nothing acts upon."""
        found = [("release", self.release_at, self.release)]
        if self.yielding.on:
            found.append(("yield", self.yield_at(), self.look_at_yield))
        if not self.master:
            found.append(("token", self.token_at, self.check_token_now_and_then))
            found.append(("belief", self.belief_at, self.look_at_belief))
            found.append(("ready", self.ready_at, self.note_readiness))
        else:
            found.append(("lower", self.dispute.lower.ends, self.lower_ended))
            found.append(("settle", self.settle_at, self.settle))
            found.append(("mandate", LONG_AGO if self.dispute.mandate else NEVER, self.act_on_mandate))
            found.append(("beat", self.beat_at, self.beat))
            found.append(("verify", min(self.check_at, self.verify_at), self.verify))
            if self.dispute.reclaim_at < NEVER and not self.dispute.reachable:
                found.append(("probe", self.dispute.probe_at, self.probe))
        if self.journeys:
            found.append(("journey", self.journeys.due, self.ask_in_peace))
            found.append(("explanation", self.journeys.explained_at, self.explain_journey))
        return [Deadline(name, max(at, self.pushed.get(name, at)), handler) for name, at, handler in found]

    def next_look(self) -> float:
        return min(one.at for one in self.waiting_for())

    # -- the talk with the peer

    def speak(self) -> None:
        """What the peer is to know of this node; a change is sent at once."""
        fit = self.bridge.on and self.bridge.told == "self" and self.vrrp == "BACKUP" and not self.drained
        hears = self.hears_vrrp()
        if self.journeys:
            self.talk.journey = None if self.master else self.journeys.believed()
        self.talk.say(
            node=self.config.node,
            asks=self.journeys and self.journeys.asks,
            account=self.journeys and self.journeys.account,
            state=self.state(),
            master=self.master,
            holder=self.confirmed,
            carried=self.carried is not None,
            leaving=self.leaving,
            fit=fit and not self.master,
            yields=self.yielding.on,
            stays=self.stays,
            hearsVrrp=hears,
        )
        if hears != self.told_vrrp:
            self.told_vrrp = hears
            self.publish()

    def hear_journeys(self, fresh: bool) -> None:
        if fresh:
            self.publish()

    def watch_journeys(self) -> None:
        """While the peer serves and has the alias, this node asks whether a failover to it would be carried."""
        if self.journeys:
            if not self.master and self.vrrp == "BACKUP" and self.bridge.told == "peer":
                self.journeys.begins()
            else:
                self.journeys.rests()

    def ask_in_peace(self) -> None:
        self.hear_journeys(self.carrier.tick())

    def explain_journey(self) -> None:
        """The peer has not told its counters in time."""
        self.carrier.conclude()
        self.publish()

    def leave(self) -> None:
        """This node shuts down: for as long as it can still carry, the peer had better claim."""
        if self.bridge.on and systemd_says("is-system-running") == "stopping":
            self.leaving = True
            self.speak()
            for _ in range(2):
                self.talk.beat()

    @property
    def stays(self) -> bool | None:
        """Of two MASTERs that hear each other, whether this one is to stay MASTER."""
        if not self.master or not self.talk.master or not self.talk.peer.hears:
            return None
        lower = ipaddress.IPv4Address(self.config.address) < ipaddress.IPv4Address(self.config.peerAddress)
        ago = self.talk.promoted_ago
        return stays_master(None if ago is None else ago - (clock.now() - self.talk.heard_at), self.talk.peer, lower)

    def hears_vrrp(self) -> bool | None:
        """Whether the nodes hear each other by VRRP; None if it cannot be told. A MASTER hears nothing, its BACKUP
        does."""
        if self.yielding.on:
            return False
        if not self.master:
            # vrrp_startup_delay, and the three adverts after which a BACKUP becomes MASTER
            settled = clock.now() - self.state_at > 3.0 + 4 * self.advert_interval
            return True if self.vrrp == "BACKUP" and settled else None
        if not self.talk.fresh:
            return None
        if self.talk.peer.yields or (self.talk.master and self.talk.master_for >= self.vrrp_needs):
            return False
        return self.talk.peer.hearsVrrp

    def settled_by(self) -> str | None:
        """What keeps the two from both being MASTER."""
        if self.yielding.on or (self.master and self.talk.fresh and self.talk.peer.yields):
            return "talk"
        return "vrrp" if self.hears_vrrp() else None

    @property
    def vrrp_needs(self) -> float:
        """Seconds in which VRRP settles which of two MASTERs stays, if it gets through: an advert of each, and some to
        spare."""
        return 2 * self.advert_interval + 1.0

    def settle(self) -> None:
        """This node and its peer are both MASTER, and hear each other here, but not by VRRP."""
        self.settle_at = NEVER
        decided = settle(
            TwoMasters(
                stays=self.stays,
                peer_stays=self.talk.peer.stays,
                peer_holder=self.talk.peer.holder,
                peer_master_for=self.talk.master_for,
                master_for=clock.now() - self.dispute.promoted_at,
                needs=self.vrrp_needs,
                confirmed=self.confirmed,
                carried=self.carried is not None,
                mandate=self.dispute.mandate,
                yields=self.yielding.on,
            )
        )
        if decided is Settled.CLAIM:
            log("%s is MASTER itself, so it carries nothing here: the alias follows" % self.carried)
            self.set_carried(None)
            self.claim()
        elif decided is Settled.STEP_DOWN and unit_state("keepalived.service") in DEAD:
            # it cannot step down; systemd starts it again, which takes the VIP away
            self.pushed["settle"] = clock.now() + RESTART_SECONDS
        elif decided is Settled.STEP_DOWN:
            self.step_down("it was promoted later")

    def step_down(self, why: str) -> None:
        """Until the peer is not MASTER any more, or is silent."""
        text = "the peer is MASTER as well, and VRRP does not get through: this node steps down, as %s"
        log(text % why, 4)
        self.yielding.start(clock.now())
        self.speak()
        if self.set_yield(1) and not wait_until(lambda: not is_master(self.config), 0.5, step=0.002):
            log("keepalived does not react: this node is still MASTER", 4)
        self.publish()

    def set_yield(self, value: int) -> bool:
        try:
            write_flag(self.config.run("yield"), value)
            return True
        except OSError as error:
            log("keepalived cannot be told: %s" % error, 4)
            return False

    def yield_at(self) -> float:
        """When there is something to decide while this node yields."""
        heard_until = self.talk.heard_at + Talk.FRESH_SECONDS if self.talk.peer.master else LONG_AGO
        return self.yielding.due(heard_until)

    def look_at_yield(self) -> None:
        self.talk.hear()  # what was said while this node was frozen, or waited for the API
        if self.yielding.trying:
            self.end_try()
        elif not self.talk.master and clock.now() >= self.yielding.until:
            why = "is not MASTER any more" if self.talk.fresh else "is silent"
            log("the peer %s: this node may be MASTER again" % why)
            self.stop_yielding()
        elif clock.now() >= self.yielding.try_at:
            self.yielding.try_vrrp(clock.now(), self.advert_interval)
            self.set_yield(0)

    def stop_yielding(self) -> None:
        self.yielding.stop()
        self.set_yield(0)
        self.publish()

    def end_try(self) -> None:
        if self.vrrp == "BACKUP" and not is_master(self.config):
            log("the peer's adverts arrive again: VRRP settles who is MASTER")
            self.stop_yielding()
        else:
            self.yield_again()

    def promoted_while_yielding(self) -> bool:
        """VRRP was tried and does not get through, or keepalived has written over its track file. True if this node is
        MASTER now."""
        self.talk.hear()
        if self.talk.master and self.yield_again():
            return False
        self.stop_yielding()
        return True

    def yield_again(self) -> bool:
        """False if keepalived does not react."""
        self.set_yield(1)
        self.yielding.go_on(clock.now())
        return wait_until(lambda: not is_master(self.config), 0.5, step=0.002)

    # -- deciding

    def look(self) -> None:
        try:
            index, on_nic = vips_on_nic(self.config)
            master = self.config.vips[0] in on_nic
            self.follow_nic(index)
        except OSError as error:
            log("cannot read the NIC: %s" % error, 3)
            master = False
        if master and not self.master and self.yielding.on:
            master = self.promoted_while_yielding()
        if master and not self.master:
            self.master = True
            self.promoted()
            self.set_vrrp("MASTER")
        elif self.master and not master:
            self.master = self.confirmed = self.insist = False
            self.dispute.demoted()
            self.drained = read_flag(self.config.run("drain"))
            if self.last_error and not self.last_error.get("over"):
                self.token_at = clock.now()  # a claim that was dropped left it: does the API answer?
            self.set_carried(None)
            self.belief_at = clock.now() + CARRYING_SECONDS if self.bridge.on else NEVER
            self.publish()
            self.leave()
        self.watch_journeys()
        self.act()

    def follow_nic(self, index: int | None) -> None:
        """A NIC that was detached and attached again is another one for the kernel. With `nopreempt` keepalived before
        2.3.3 never becomes MASTER on it, though it says BACKUP: it has to be started anew."""
        nic = nic_text(index)
        if nic == self.nic:
            return
        self.nic = nic
        if index is None:
            log("the private NIC has lost %s: failover-pair-nic.service looks after it" % self.config.address, 4)
            self.ask_for("nic-lost")
            return
        if nic_changed(self.config, nic):
            log("the private NIC is another one than keepalived has started with: keepalived is restarted", 4)
            self.ask_for("nic-changed")

    def ask_for(self, name: str) -> None:
        """Wakes the path unit that waits for a change of this file: the agent may give no order to systemd."""
        with contextlib.suppress(OSError), open(self.config.run(name), "w") as file:
            file.write("%s\n" % time.time())

    def act(self) -> None:
        """Does the first thing that is due; the next turn of the loop does the next one."""
        began = clock.now()
        due = next((one for one in self.waiting_for() if one.at <= began), None)
        if due is None:
            return
        try:
            due.handler()
        except Demoted:
            log("this node is not MASTER any more: the claim is dropped")
        except ApiError as error:
            self.failed(error)
            self.check_at = clock.now() + max(2.0, pause_after(error, self.failures_in_row))
        self.push_on(due.name, began)

    def push_on(self, name: str, began: float) -> None:
        """A handler that leaves its own deadline in the past is a defect: it would be called again at once, and for
        ever."""
        if any(one.name == name and one.at <= began for one in self.waiting_for()) and not self.was_master():
            log("defect: the deadline %s is still there after its handler" % name, 3)
            self.pushed[name] = clock.now() + 1.0

    def was_master(self) -> bool:
        """Whether keepalived has left MASTER since the last look: the next one ends what a MASTER waits for."""
        try:
            return self.master and not is_master(self.config)
        except OSError:
            return True

    # -- the bridge

    @property
    def carrier(self) -> Carrying:
        """Only with a bridge."""
        assert self.journeys is not None
        return self.journeys

    @property
    def carrying(self) -> dict[str, Any]:
        """The bridge's settings; only with a bridge."""
        return self.config.bridge or {}

    def believe(self, aliases: list[str] | None) -> None:
        if aliases is not None:  # one of several that is here may leave from here; the others may be new
            self.bridge.tell("self" if self.config.ours(aliases) else "peer")

    def look_at_belief(self) -> None:
        """While not MASTER: only the bridge needs to know who the holder is."""
        aliases = metadata_aliases(self.config)
        self.believe(aliases)
        carrying = aliases is not None and self.bridge.told == "self"
        self.belief_at = clock.now() + (CARRYING_SECONDS if carrying else BELIEF_SECONDS)

    def act_on_mandate(self) -> None:
        """The peer is read by the API while a question makes its journey through it: a dead peer costs nothing by
        that. Without an answer of the API there is what the metadata service said last, and nothing better could be
        done anyway."""
        if not self.bridge.on or self.carrying["follow"] == "immediately" or self.insist or self.talk.left:
            self.claim()
            return
        began = clock.now()
        self.carrier.ask()
        try:
            peer = self.new_claim().find_peer()
            # locked: another program changes its aliases, perhaps an earlier claim of the former MASTER
            held = peer is not None and not peer.locked and self.config.complete(peer.aliases)
        except ApiError as error:
            self.failed(error)
            peer, held = None, self.bridge.told == "peer"
        if held and self.carrier.answered(until=began + 0.05):
            self.carrier.not_carried = None
            self.set_carried(peer.name if peer else "the peer")
            return
        if held:
            self.carrier.failed_over()
        self.claim(began)

    def set_carried(self, by: str | None) -> None:
        """by: the name of the node that carries packets here; None if no node does."""
        if by is None:
            self.carried, self.beat_at, self.follow_at = None, NEVER, NEVER
            if self.journeys:
                self.journeys.forget()
            return
        self.dispute.mandate = False
        self.carrier.ask()
        self.missed, self.beat_at = 0, clock.now() + self.carrying["interval"]
        self.check_at, self.api_due = NEVER, clock.now() + BELIEF_SECONDS
        if self.carried is None:
            grace = self.carrying["graceSeconds"] if self.carrying["follow"] == "afterGrace" else NEVER
            self.carried, self.follow_at = by, clock.now() + grace
            when = "after %g s" % grace if grace < NEVER else "when it is not reachable any more"
            log("%s has %s and carries it here; the alias follows %s" % (by, self.config.what, when))
        self.publish()

    def beat(self) -> None:
        """While carried: the peer must not die unnoticed. Three questions without an answer are its death, as three
        adverts are for keepalived."""
        over = clock.now() >= self.follow_at  # the last question may have been asked only just now
        self.missed = 0 if self.carrier.answered(until=clock.now() + 0.05 * over) else self.missed + 1
        if over and not self.missed and not self.talk.left and self.gives_back():
            return
        if self.talk.left or self.missed >= 3 or over:
            reason = "shuts down" if self.talk.left else "does not answer" if self.missed else "had its time"
            log("%s %s: the alias follows" % (self.carried, reason))
            if self.missed >= 3:
                self.carrier.failed_over()
            self.claim()
            return
        self.carrier.ask()
        self.beat_at = min(clock.now() + self.carrying["interval"], self.follow_at)

    def gives_back(self) -> bool:
        """The holder failed and has recovered, by itself or by an operator: mastership goes back to where the
        alias is, which needs no change by the API. Not to a node that was drained: that was meant. False if the alias
        shall follow."""
        needed = max(1.0, min(FIT_SECONDS, self.carrying["graceSeconds"] / 2))
        if self.talk.fit_for < needed or clock.now() - self.gave_back_at < GAVE_BACK_SECONDS:
            return False
        self.gave_back_at = clock.now()
        log("%s has recovered: it is to be MASTER again" % self.carried)
        return self.lets_go()

    def release(self) -> None:
        self.release_at = clock.now() + 5
        try:
            own, peer = self.new_claim().read_both()
            if set(self.former) & set(own.server.aliases):
                self.api.take_aliases(own.server, self.former, own, peer)
                log("released %s, which this pair does not serve any more" % ", ".join(self.former))
        except ApiError as error:
            self.failed(error)
        else:
            self.former, self.release_at = [], NEVER
            self.publish()

    def promoted(self) -> None:
        self.dispute.promoted(clock.now())
        self.talk.promoted_at = clock.now()

    def heard_lower(self) -> None:
        """keepalived heard a MASTER of lower priority."""
        if self.dispute.lower.heard(clock.now()):
            self.watch()

    def lower_ended(self) -> None:
        self.dispute.lower.ends = NEVER
        self.watch()

    def watch(self) -> None:
        self.dispute.heard_another(clock.now())
        self.check_at = clock.now()

    def new_claim(self) -> Claim:
        sides = (self.gate, self.pause, self.readings, lambda: self.set_carried(None))
        return Claim(self.config, self.api, self.timing, self.bridge, self.peer_id, *sides)

    def claim(self, began: float | None = None) -> None:
        """The servers may have been read just now, since `began`. Tries until the alias is here, or this node is not
        MASTER any more, or is carried on because nothing can be changed now."""
        began, tries, requests, self.hurry = began or clock.now(), 0, self.api.requests, False
        if self.carried is None:
            self.set_carried(None)
        claim = self.new_claim()
        claim.step("read", began)
        while True:
            self.gate()
            try:
                changed = claim.move()
                break
            except ApiError as error:
                tries += 1
                self.failed(error)
                self.leave_it_to_the_holder(claim)
                if self.goes_on_carried(claim, error):
                    return
                self.pause(pause_after(error, tries))
            finally:
                self.peer_id = claim.peer_id
        self.dispute.mandate = self.insist = False
        self.confirm()
        if changed:
            self.claimed(claim, clock.now() - began, tries, self.api.requests - requests)
        self.check_at = self.dispute.look_after_claimed(clock.now())
        self.publish()

    def goes_on_carried(self, claim: Claim, error: ApiError) -> bool:
        """The alias cannot be moved now: it stays where it is, and the peer goes on carrying, for another moment."""
        if self.carried and claim.taken_from is None and not self.insist and not self.talk.left and self.missed < 3:
            self.carrier.ask()
            self.follow_at = clock.now() + max(3.0, pause_after(error, 1))
            self.beat_at = clock.now() + self.carrying["interval"]
            return True
        if self.carried:
            self.set_carried(None)
        return False

    def leave_it_to_the_holder(self, claim: Claim) -> None:
        """Two MASTERs, and the other one has the alias: it serves if this one cannot begin to take it, or was promoted
        first. That may have been in the middle of this claim, which would take the alias away again."""
        if self.insist or self.yielding.on:
            return
        if not (self.talk.master and self.talk.peer.holder and self.talk.peer.hears):
            return
        begun = claim.taken_from is not None or clock.now() - self.dispute.promoted_at < HOPELESS_SECONDS
        if self.stays is False and self.talk.master_for >= self.vrrp_needs:
            self.step_down("it was promoted later")
            self.gate()
        elif not begun:
            self.step_down("it cannot take %s" % self.config.what)
            self.gate()

    def claimed(self, claim: Claim, seconds: float, tries: int, requests: int) -> None:
        self.statistics.claims += 1
        self.claimed_at = clock.now()
        self.statistics.seconds.append(seconds)
        steps = ", ".join("%s %d ms" % (name, spent * 1000) for name, spent in claim.steps.items())
        taken = " from %s" % claim.taken_from if claim.taken_from else ""
        failed = ", %d failed tries" % tries if tries else ""
        log("claimed %s%s in %.2f s: %s (%d requests%s)" % (self.config.what, taken, seconds, steps, requests, failed))
        self.last_claim = {"at": time.time(), "from": claim.taken_from, "seconds": round(seconds, 3)}
        self.last_claim.update({"requests": requests, "failedTries": tries})
        self.last_claim["steps"] = {name: round(spent, 3) for name, spent in claim.steps.items()}

    def confirm(self) -> None:
        """The alias is here, by the cloud's own word."""
        self.set_carried(None)
        self.bridge.tell("self")
        self.confirmed, self.confirmed_at = True, clock.now()
        self.dispute.confirmed(clock.now(), self.claimed_at)
        self.recovered()

    def recovered(self) -> None:
        self.failures_in_row = 0
        if self.last_error:
            self.last_error["over"] = True

    def failed(self, error: ApiError) -> None:
        """Said once for each cause and then more and more rarely: a journal full of one line hides the others."""
        self.statistics.failures[error.cause] += 1
        fresh = not self.last_error or self.last_error["cause"] != error.cause or self.last_error.get("over")
        self.failures_in_row = 1 if fresh else self.failures_in_row + 1
        self.last_error = {"at": time.time(), "cause": error.cause, "text": scrub(str(error)), "over": False}
        self.publish()
        if self.failures_in_row & (self.failures_in_row - 1) == 0:
            level = 2 if error.cause in LOUD else 4
            log("%s (%s, try %d)" % (error, error.cause, self.failures_in_row), level)

    # -- checking

    def verify(self) -> None:
        """The metadata service first, as it costs nothing; the API if that says no or nothing, or for a cross-check."""
        config, due, at = self.config, clock.now() >= self.check_at, clock.now()
        # but not so often while the peer has it on purpose: then each look costs requests
        often = self.dispute.reclaim_at == NEVER
        self.verify_at = at + (min(config.verifySeconds, METADATA_SECONDS) if often else config.verifySeconds)
        aliases = None
        if at >= self.metadata_at:
            aliases = metadata_aliases(config)
            if aliases is None:
                self.doubt_metadata()
        here = aliases is not None and config.complete(aliases)
        if here:
            self.metadata_pause = 0.0
        if (here != bool(self.carried) or aliases is None) and not due and at < self.api_due:
            return
        if not due and self.api.limit and self.api.left is not None and self.api.left < self.api.limit / 10:
            return  # what is left is for claims
        self.check_at = NEVER
        self.api_due = at + config.verifySeconds * (API_ONLY_FACTOR if aliases is None else API_CHECK_FACTOR)
        if self.carried:
            self.api_due = at + (BELIEF_SECONDS if self.follow_at < NEVER else config.verifySeconds)
        me = self.api.server(config.serverId)
        held = config.complete(me.aliases)
        if self.dispute.edge and (me.locked or not held) and self.steps_down():
            return
        if held:
            self.dispute.edge = False
            self.confirm()
            if aliases is not None and not here:
                self.doubt_metadata()  # it is behind
            self.check_at = self.dispute.look_after_confirmed(at)
            self.publish()
        else:
            self.lost()

    def steps_down(self) -> bool:
        """Two MASTERs hear each other again, after a partition or a freeze of this node. VRRP lets the one of higher
        priority stay, which is this one; but the other one was promoted later, so it has the alias, or is taking it.
        It stays MASTER instead: then nothing has to move back. False if this node is the one that was promoted
        later."""
        if self.dispute.mandate:
            return False
        log("the peer was promoted later and takes %s, or has it: this node steps down" % self.config.what)
        return self.lets_go()

    def lets_go(self) -> bool:
        """This node stops being MASTER, for a moment: the peer is then. False if keepalived does not react."""
        try:
            return self.set_yield(1) and wait_until(lambda: not is_master(self.config), 0.5, step=0.002)
        except OSError as error:
            log("cannot read the NIC: %s" % error, 3)
            return False
        finally:
            self.set_yield(0)

    def doubt_metadata(self) -> None:
        """No answer, or a wrong one: asked again soon, as it may have been a lost packet, and then more and more
        rarely."""
        most = self.config.verifySeconds * API_ONLY_FACTOR
        self.metadata_pause = min(most, max(METADATA_SECONDS, self.metadata_pause * 2))
        self.metadata_at = clock.now() + self.metadata_pause

    def lost(self) -> None:
        """MASTER, had it, has it no longer."""
        self.confirmed = False
        peer = self.new_claim().find_peer()
        self.peer_id = peer.id if peer else None
        facts = Lost(
            held=bool(peer and self.config.ours(peer.aliases)),
            held_whole=bool(peer and self.config.complete(peer.aliases)),
            peer_off=bool(peer and peer.status == "off"),
            peer_locked=bool(peer and peer.locked),
            carried=self.carried is not None,
            stays=self.stays,
            peer_master_for=self.talk.master_for,
            settles_in=self.vrrp_needs + 2 * Talk.BEAT_SECONDS,
        )
        verdict = self.asked(self.dispute.lost(facts, clock.now(), lambda: random.uniform(0.8, 1)))
        if verdict.kind is not Kind.CARRIED:
            self.set_carried(None)
        if verdict.kind is not Kind.REPAIR and verdict.kind is not Kind.RECLAIM:
            self.check_at = min(self.check_at, verdict.at)
        if verdict.first:
            log("keepalived is dead and left the VIP on the NIC: not claiming", 3)
        elif verdict.kind is Kind.REPAIR:
            log("%s is not here although this node is MASTER: repairing" % self.config.what, 4)
            self.claim()
        elif verdict.kind is Kind.RECLAIM:
            self.claim()
        elif verdict.kind is Kind.GIVE_WAY and peer:
            self.tell_that_it_gave_way(peer)

    def asked(self, deciding: Deciding) -> Verdict:
        """The verdict, when what it asks was answered."""
        answer: tuple[bool, float] | None = None
        while True:
            try:
                question = deciding.send(answer) if answer else next(deciding)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            known = (
                answers(self.config) if question is Question.PEER_ANSWERS else unit_state("keepalived.service") in DEAD
            )
            answer = known, clock.now()

    def tell_that_it_gave_way(self, peer: Server) -> None:
        seen = "answers" if self.dispute.reachable else "does not answer"
        text = "%s took %s while this node is MASTER; it %s here: claiming again in %.0f s"
        log(text % (peer.name, self.config.what, seen, self.dispute.reclaim_at - clock.now()), 4)
        self.publish()

    def probe(self) -> None:
        """As soon as the peer is seen again, VRRP has settled who is MASTER."""
        if self.dispute.probed(answers(self.config), clock.now()):
            self.check_at = clock.now() + 1

    def check_token_now_and_then(self) -> None:
        """A BACKUP needs its token only when it is too late to replace it: so it is tried at the start, whenever it
        changed, and once an hour."""
        if clock.now() < self.token_at:
            return
        try:
            self.api.server(self.config.serverId)
            if self.peer_id is None:  # a claim would have to look for it first
                peer = self.api.server_at(self.config.peerAddress)
                self.peer_id = peer and peer.id
            self.token_at = clock.now() + 3600
            self.recovered()
        except ApiError as error:
            self.failed(error)
            self.token_at = clock.now() + 60
        self.publish()

    READY_SECONDS = 60.0  # what tells of itself (VRRP, the token) is looked at when it changes; this is for the rest

    STARTING_SECONDS = 1.0  # keepalived tells its state while systemd still starts it

    def note_readiness(self) -> None:
        """For the metrics. Never while MASTER, as systemd is asked for it."""
        config, error = self.config, self.last_error or {}
        age = seconds_of("keepalived.service", "ActiveEnter")
        noted = readers.read_fields(config.run("tracking.json"), readers.TRACKING)
        facts = {
            "vrrp": self.state(),
            "interface": None if self.nic == nic_text(None) else self.nic,
            "agent": "running",
            "keepalived": unit_state("keepalived.service"),
            "keepalivedFor": age,
            "drained": bool(read_flag(config.run("drain"))),
            "yields": bool(read_flag(config.run("yield"))),
            "service": None,
            "serviceFlag": read_flag(config.run("service")) if config.service else None,
            "tokenValid": self.api.token_valid,
            "apiError": None if error.get("over", True) else error.get("text"),
            "serves": False,
            "watched": noted.get("watched"),
            "refused": {**(noted.get("refused") or {}), **refused_checks(config)},
        }
        if self.doubts_nic:
            self.doubts_nic = False
            self.ask_for("nic-lost")  # perhaps the link was down, and has lost its routes
        if facts["keepalived"] in ("activating", "reloading"):
            self.ready_at = clock.now() + self.STARTING_SECONDS
        elif age is not None and age < LISTENS_SECONDS:
            self.ready_at = clock.now() + LISTENS_SECONDS - age
        else:
            self.ready_at = clock.now() + self.READY_SECONDS
        before, self.not_ready = self.not_ready, not_ready(facts)
        if before != self.not_ready:
            self.publish()

    @property
    def peer_says(self) -> object:
        """What is read of the peer's words in agent.json, so that they are written there as soon as they change."""
        return (
            (self.talk.peer.master, self.talk.peer.state, self.talk.peer.yields)
            if self.talk.fresh
            else self.talk.listening
        )

    @property
    def ready(self) -> bool:
        """Whether this node serves, or could take over."""
        return self.confirmed or self.carried is not None if self.master else self.not_ready is None

    def state(self) -> str | None:
        """The NIC's word where it has one; keepalived's, which may be a moment behind, else."""
        return "MASTER" if self.master else None if self.vrrp == "MASTER" else self.vrrp

    def publish(self) -> None:
        """agent.json for `status` and for the agent's own restart; metrics.prom for a collector."""
        state = {
            "pid": os.getpid(),
            "at": time.time(),
            "master": self.master,
            "confirmed": self.confirmed,
            "confirmedAt": self.confirmed_at,  # by the monotonic clock
            "mandate": self.dispute.mandate,
            "promotedAt": self.talk.promoted_at,
            "peerKnown": self.talk.known,
            "wakeups": self.statistics.turns(self),
            "yields": {"seconds": clock.now() - self.yielding.since} if self.yielding.on else None,
            "hearsVrrp": self.hears_vrrp(),
            "settledBy": self.settled_by(),
            "peer": self.talk.peer._asdict() if self.talk.fresh else None,  # what it said last
            "listening": self.talk.listening,
            "otherVersion": self.talk.other_version,
            "carriedBy": self.carried,
            "followsIn": self.follow_at - clock.now() if self.follow_at < NEVER else None,
            "vrrp": self.state(),
            "since": self.since,
            "lastClaim": self.last_claim,
            "lastError": self.last_error,
            "vips": self.config.vips + self.former,
            "journey": self.journeys and self.journeys.believed(),  # in peace, of a BACKUP
            "notCarried": self.journeys and self.journeys.not_carried,  # the last failover that was not
            "ports": self.journeys and self.journeys.ports,
            "requestsLeft": self.api.left,
            "requestsLimit": self.api.limit,
            "tokenValid": self.api.token_valid,
            "timing": self.timing.save(),
            "addresses": self.channel.resolver.known,
        }
        self.published_at, self.published_peer = clock.now(), self.peer_says
        beat_lock(self.lock)
        try:
            write_atomically(self.config.run("agent.json"), json.dumps(state))
            write_atomically(self.config.run("metrics.prom"), self.statistics.text(self))
            self.unwritable = False
        except OSError as error:  # a full disk must not keep anybody from claiming
            if not self.unwritable:
                log("cannot write to %s: %s" % (self.config.runDir, error), 4)
            self.unwritable = True
        role = ", holder" if self.confirmed else ", carried by %s" % self.carried if self.carried else ""
        notify_systemd("STATUS=%s%s" % (self.state() or "unknown", role))


def run(config: Config, _options: argparse.Namespace) -> int:
    Agent(config).run()
    return 0
