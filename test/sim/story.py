"""One story: two nodes boot, faults come and go, and after the last one everything has to settle."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sim.kinds import BY_HAND, FAULTS, HINDER
from sim.rules import Violation
from sim.scheduler import Spins
from sim.world import FOREIGN, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.faults import Fault as Begin
    from sim.node import Node
    from sim.schedule import Fault, Schedule

OUT_SECONDS = 45.0  # while nothing hinders the agents: the watchdog takes 30 s of it
SETTLE_SECONDS = 150.0  # after the last fault ...
METADATA_SECONDS = 330.0  # ... or as long as the metadata service is left alone after it was silent
WATCH_SECONDS = 20.0  # in which a new holder looks closely
QUIET_SECONDS = 40.0
QUIET_REQUESTS = 8  # both nodes in that time: a check by the API now and then


class Result(NamedTuple):
    schedule: Schedule
    seconds: float
    states: set[tuple[object, ...]]
    violation: tuple[str, str] | None
    told: list[str]
    settled_after: float


class Story:
    watched, quiet = WATCH_SECONDS, QUIET_SECONDS

    def __init__(self, schedule: Schedule, telling: bool = False) -> None:
        self.schedule = schedule
        self.world = self.new_world(telling)
        self.ends: list[tuple[str, Callable[[], None]]] = []
        self.settled_after = 0.0
        self.hindered = 0  # by so many faults
        self.out_since: float | None = None

    def new_world(self, telling: bool) -> World:
        return World(self.schedule.seed, telling)

    def tell(self) -> Result:
        world, violation = self.world, None
        try:
            self.run()
        except Violation as found:
            violation = found.invariant, found.text
        except Spins as found:
            violation = "time-goes-on", str(found)
        except Exception as found:
            violation = "no-exception", "%s: %s" % (type(found).__name__, found)
            if world.telling:
                raise
        finally:
            world.scheduler.close()
        if violation:
            world.tell("VIOLATION of %s: %s" % violation)
        return Result(self.schedule, world.now, world.states, violation, world.told, self.settled_after)

    def run(self) -> None:
        world, chance = self.world, self.world.chance
        settings = (world.interval, ", ".join(world.vips), world.follow or "none", world.grace)
        world.tell("story %s: adverts every %g s, VIPs %s, bridge: %s, grace %g s" % (self.schedule, *settings))
        for node in world.nodes:
            if chance.random() < 0.4:
                node.server.set_aliases(world.now, chance.sample(FOREIGN[:2] if node is world.a else FOREIGN[2:], 1))
            world.after(chance.uniform(0, 3), node.boot)
        self.watch()
        for fault in self.schedule.faults:
            world.scheduler.at(fault.at, partial(self.begin_fault, fault))
        self.go_to(self.schedule.end)
        self.end_all()
        self.settle()

    def go_to(self, time: float) -> None:
        if time > self.world.now:
            self.world.scheduler.run(time)

    def watch(self) -> None:
        """Once a second: an event, as a change of threads for it would cost more than the rest."""
        self.world.note_state()
        self.watch_service()
        self.world.after(1.0, self.watch)

    def watch_service(self) -> None:
        """While nothing hinders a node that could serve, clients get an answer again within the bound."""
        world = self.world
        serves = world.serves()
        world.rules.hears_clients(serves)
        able = [one for one in world.nodes if one.able] if serves is None else []
        if self.hindered or not able or len(world.masters()) > 1 or world.gave_way():
            self.out_since = None
        elif self.out_since is None:
            self.out_since = world.now
        elif world.now - self.out_since > OUT_SECONDS:
            names = " and ".join(one.name for one in able)
            text = "no service answers for %.0f s, and %s could serve" % (world.now - self.out_since, names)
            raise Violation("service-comes-back", text)

    def begin_fault(self, drawn: Fault) -> None:
        self.world.fault_chance = random.Random(drawn.seed)
        self.begin(FAULTS[drawn.kind], self.world.nodes[drawn.node], drawn.seconds)

    def begin(self, fault: Begin, node: Node, seconds: float) -> None:
        world = self.world
        world.rules.causes += 2
        world.by_hand |= fault in BY_HAND
        text, end = fault(world, node)
        world.tell("FAULT  %s (%.1f s)" % (text, seconds))
        hinders = fault in HINDER
        self.hindered += hinders

        def over() -> None:
            end()
            self.hindered -= hinders

        entry = (text, over)
        self.ends.append(entry)
        world.after(seconds, lambda: self.end_fault(entry))

    def end_fault(self, entry: tuple[str, Callable[[], None]]) -> None:
        if any(one is entry for one in self.ends):
            self.ends = [one for one in self.ends if one is not entry]
            self.world.tell("over:  %s" % entry[0])
            entry[1]()

    def end_all(self) -> None:
        self.world.tell("every fault ends now")
        for entry in list(self.ends):
            self.end_fault(entry)

    def settle(self) -> None:
        """One master = holder = what answers, within the bound; then silence."""
        world = self.world
        began = world.now
        bound = SETTLE_SECONDS + METADATA_SECONDS * world.metadata_failed
        good_since: float | None = None
        before, changes = dict(world.cloud.requests), world.cloud.changes
        while good_since is None or world.now - good_since < self.watched + self.quiet:
            self.go_to(world.now + 1.0)
            why = world.rules.unsettled()
            if why is not None:
                good_since = None
                if world.now - began > bound:
                    raise Violation("settles", "%.0f s after the last fault %s" % (world.now - began, why))
            elif good_since is None:
                good_since = world.now
            if good_since is None or world.now - good_since < self.watched:
                before, changes = dict(world.cloud.requests), world.cloud.changes
        self.settled_after = good_since - began
        asked = sum(world.cloud.requests[one] - before[one] for one in ("a", "b"))
        budget = QUIET_REQUESTS
        if world.holder() is not world.masters()[0].server:  # carried: a look at both servers every verifySeconds
            budget += int(3 * self.quiet / world.verify)
        if changes != world.cloud.changes or asked > budget:
            text = "%d requests and %d changes in %.0f s in which nothing happened"
            raise Violation("silence", text % (asked, world.cloud.changes - changes, self.quiet))
