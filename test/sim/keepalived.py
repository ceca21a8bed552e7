"""A model of keepalived as keepalived.conf has it: VRRP version 3, unicast, `nopreempt`, `state BACKUP` on both nodes.

Measured behaviour that it stands for: a node starts as BACKUP and only listens for 3 s; MASTER after three intervals
and the skew without an advert, and after the skew alone when the last advert had priority 0; a track file that is not 0
is FAULT; the loser of two MASTERs sends one more advert (`vrrp_higher_prio_send_advert`); the winner tells
MASTER_RX_LOWER_PRI for each advert of lower priority; what is killed leaves the VIPs on the NIC until its next start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.node import Node

STARTUP_DELAY = 3.0
NEVER = float("inf")
TRACKED = ("service", "drain", "yield")


class Keepalived:
    def __init__(self, node: Node, priority: int, interval: float) -> None:
        self.node, self.priority, self.interval = node, priority, interval
        self.state: str | None = None  # None: it does not run
        self.frozen = False
        self.due = self.event_at = NEVER  # when its timer expires; when an event looks at it
        self.queue: list[int] = []  # adverts that arrived while it was frozen
        self.late = False  # a timer expired while it was frozen
        self.adverts = 0

    @property
    def skew(self) -> float:
        return (256 - self.priority) / 256 * self.interval

    # -- life

    def start(self) -> None:
        self.node.set_vips(False)
        self.queue, self.late = [], False
        if self.forbidden():
            self.enter("FAULT")
            return
        self.enter("BACKUP")
        self.set_timer(STARTUP_DELAY + 3 * self.interval + self.skew)

    def stop(self) -> None:
        """SIGTERM."""
        if self.state == "MASTER":
            self.advertise(0)
        if self.state is not None:
            self.node.set_vips(False)
            self.enter("STOP")
        self.die()

    def die(self) -> None:
        """SIGKILL of all its processes: the VIPs stay."""
        self.state, self.due = None, NEVER

    def reload(self) -> None:
        if self.state == "MASTER" and not self.frozen:
            self.advertise(self.priority)

    def freeze(self) -> None:
        self.frozen = True

    def thaw(self) -> None:
        """What waits for it, a timer or packets, comes in either order."""
        self.frozen = False
        queue, self.queue, late, self.late = self.queue, [], self.late, False
        first = self.node.world.chance.random() < 0.5
        if late and first:
            self.expired()
        for priority in queue[-20:]:
            self.hear(priority)
        if late and not first:
            if not queue or self.state == "MASTER":
                self.expired()
            else:
                self.set_timer(3 * self.interval + self.skew)
        self.look_at_files()

    # -- timers and files

    def set_timer(self, seconds: float) -> None:
        """One event serves for a timer that is put off again and again."""
        self.due = self.node.world.now + seconds
        if not self.event_at <= self.due:
            self.event_at = self.due
            self.node.world.scheduler.at(self.due, self.expire)

    def expire(self) -> None:
        world = self.node.world
        if world.now != self.event_at:
            return  # one that another has overtaken
        self.event_at = NEVER
        if self.state is None or self.due == NEVER:
            return
        if self.due > world.now:
            self.event_at = self.due
            world.scheduler.at(self.due, self.expire)
        elif self.frozen:
            self.late = True
        else:
            self.expired()

    def expired(self) -> None:
        if self.state == "BACKUP":
            self.node.set_vips(True)
            self.advertise(self.priority)
            self.enter("MASTER")
            self.set_timer(self.interval)
        elif self.state == "MASTER":
            self.advertise(self.priority)
            self.set_timer(self.interval)

    def forbidden(self) -> bool:
        return any(self.node.flag(name) for name in TRACKED)

    def look_at_files(self) -> None:
        """A track file was written."""
        if self.state is None or self.frozen:
            return
        if self.forbidden() and self.state != "FAULT":
            if self.state == "MASTER":
                self.advertise(0)
                self.node.set_vips(False)
            self.due = NEVER
            self.enter("FAULT")
        elif not self.forbidden() and self.state == "FAULT":
            self.enter("BACKUP")
            self.set_timer(3 * self.interval + self.skew)

    def enter(self, state: str) -> None:
        self.state = state
        self.node.world.tell("%s: keepalived is %s" % (self.node.name, state))
        self.node.notify('INSTANCE "pair" %s %d' % (state, self.priority))

    # -- adverts

    def advertise(self, priority: int) -> None:
        self.adverts += 1
        peer = self.node.peer
        self.node.world.network.send(self.node.name, "vrrp", lambda: peer.receive_advert(priority))

    def receive(self, priority: int) -> None:
        if self.state is None:
            return
        if self.frozen:
            self.queue.append(priority)
            return
        self.hear(priority)

    def hear(self, priority: int) -> None:
        if self.state == "BACKUP":
            self.set_timer(3 * self.interval + self.skew if priority else self.skew)
        elif self.state == "MASTER":
            if priority > self.priority:
                self.advertise(self.priority)  # vrrp_higher_prio_send_advert
                self.node.set_vips(False)
                self.enter("BACKUP")
                self.set_timer(3 * self.interval + self.skew)
            elif priority:
                self.node.notify('INSTANCE "pair" MASTER_RX_LOWER_PRI %d' % self.priority)
                self.advertise(self.priority)
            else:
                self.advertise(self.priority)
