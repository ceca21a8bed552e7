"""Explores breadth-first what can follow from the first failovers of a pair: the real agents, and time in steps.

Nothing is drawn here: chance gives the middle of each range. A path begins with a fault. At each further step another
one may begin, or all that last may end. A path is told anew from its beginning, for a thread cannot be copied. After
each step whose state is new, every fault ends and the pair has to settle, as after a story. Paths whose states are the
same go on as one.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.cloud_faults import gives_away, moves, strips
from sim.faults import agent_killed, node_frozen, one_way, partition, power_off, service_down
from sim.schedule import Schedule
from sim.story import Story
from sim.world import FOREIGN, VIPS, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeVar

    from sim.faults import End, Fault
    from sim.node import Node
    from sim.scheduler import Fiber

    T = TypeVar("T")

BEGIN_SECONDS = 9.5  # one node is MASTER and holder
STEP_SECONDS = 0.8
MOST_FAULTS = 2  # on one path
OLD_SECONDS = 60.0  # what is longer ago is equal
LASTS = 1e6


def answers_lost(world: World, _: Node) -> tuple[str, End]:
    world.cloud.lose_answer = 1.0

    def end() -> None:
        world.cloud.lose_answer = 0.0

    return "the API's answers are lost", end


BOTH: list[Fault] = [one_way, power_off, agent_killed, node_frozen, service_down, moves]
ONCE: list[Fault] = [partition, answers_lost, strips, gives_away]
NOTHING, END = -1, -2  # what a step may do besides
BEGINS: list[tuple[Fault, int]] = [*((one, node) for one in BOTH for node in (0, 1)), *((one, 0) for one in ONCE)]


class Setting(NamedTuple):
    vips: int
    follow: str | None

    def __str__(self) -> str:
        return "%d VIP%s, bridge: %s" % (self.vips, "s" * (self.vips > 1), self.follow or "none")


SETTINGS = [Setting(1, None), Setting(1, "afterGrace"), Setting(2, "immediately")]


class Middle(random.Random):
    """No chance at all."""

    def random(self) -> float:
        return 0.999

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2

    def choice(self, seq: Any) -> Any:
        return seq[0]


class SmallWorld(World):
    setting: Setting

    def draw_pair(self) -> None:
        self.chance = self.fault_chance = Middle(1)
        self.interval, self.grace, self.verify = 0.5, 5.0, 30.0
        self.vips, self.follow = VIPS[: self.setting.vips], self.setting.follow

    def draw_cloud(self) -> None:
        self.cloud.latency, self.cloud.duration, self.cloud.metadata_lag = (0.03, 0.05), (0.8, 0.8), 0.3


class Path(Story):
    watched, quiet = 12.0, 5.0
    seen: set[int]
    mark = 0

    def __init__(self, setting: Setting, actions: Sequence[int]) -> None:
        self.setting, self.actions = setting, actions
        super().__init__(Schedule(0, (), 0.0))

    def new_world(self, telling: bool) -> World:
        kind = type("World", (SmallWorld,), {"setting": self.setting})
        world: World = kind(0, telling)
        return world

    def run(self) -> None:
        """The state is noted after the last step; what follows are the end of all faults, and the settling."""
        world = self.world
        world.a.server.set_aliases(0.0, [FOREIGN[0]])
        world.after(0.0, world.a.boot)
        world.after(0.3, world.b.boot)
        self.watch()
        for step, action in enumerate(self.actions):
            self.go_to(BEGIN_SECONDS + step * STEP_SECONDS)
            if action == END:
                self.end_all()
            elif action != NOTHING:
                fault, node = BEGINS[action]
                self.begin(fault, world.nodes[node], LASTS)
        self.go_to(BEGIN_SECONDS + len(self.actions) * STEP_SECONDS)
        self.mark = fingerprint(world, len(self.ends))
        if self.mark not in self.seen:
            self.end_all()
            self.settle()


def fingerprint(world: World, lasting: int) -> int:
    """Of all that decides what follows, with times from now on."""
    parts: list[object] = [lasting, world.by_hand, world.answered, world.answering, world.cloud.lose_answer]
    parts += [(key, count) for key, count in sorted(world.network.cuts.items()) if count]
    parts += [(one.aliases, one.incoming, one.locks, one.status) for one in world.cloud.servers.values()]
    parts += [rounded(time - world.now) for time, _, _ in sorted(world.scheduler.events, key=lambda one: one[:2])]
    for node in world.nodes:
        keepalived, fiber, state = node.keepalived, node.fiber, node.agent_state
        parts += [node.up, node.frozen, node.stopping, node.nic, node.promotion, keepalived.state, keepalived.queue]
        parts += [fiber is not None and fiber.frozen, sorted(node.files.get(node.path(one), "") for one in FLAGS)]
        parts += place(fiber) if fiber is not None else []
        if state is not None:
            now = world.now - node.booted_at
            parts += [plain(one, now) for one in vars(state).values() if hasattr(one, "__dict__")]
    return hash(repr(parts))


FLAGS = ("service", "drain", "yield", "holder")


def place(fiber: Fiber) -> list[object]:
    """Where its code waits: the generators that are being driven, and their lines."""
    frame = sys._current_frames().get(fiber.thread.ident or 0) if fiber.thread else None
    found: list[object] = []
    while frame is not None:
        steps = frame.f_locals.get("steps") if frame.f_code.co_name == "drive" else None
        while steps is not None and getattr(steps, "gi_frame", None) is not None:
            found.append((steps.gi_code.co_name, steps.gi_frame.f_lineno))
            steps = steps.gi_yieldfrom
        frame = frame.f_back
    return found


def rounded(seconds: float) -> float:
    return round(max(-OLD_SECONDS, min(OLD_SECONDS, seconds)), 2)


def plain(one: object, now: float) -> object:
    """What an object remembers. A time is a float; so is a length, which is shifted with it."""
    if isinstance(one, float):
        return rounded(one - now)
    if isinstance(one, dict):
        return [(key, plain(value, now)) for key, value in sorted(one.items(), key=repr) if key not in UNTOLD]
    if hasattr(one, "__dict__"):
        return plain(vars(one), now)
    return one if isinstance(one, (int, str, bytes, type(None))) else "?"


UNTOLD = ("config", "statistics", "timing", "last", "last_claim", "last_error", "wakeups", "told_at", "readings")


class Exploration:
    def __init__(self, setting: Setting) -> None:
        self.setting, self.seen, self.paths, self.longest = setting, set[int](), 0, 0.0
        self.violation: tuple[list[str], tuple[str, str]] | None = None

    def explore(self, steps: int) -> None:
        frontier: list[tuple[int, ...]] = [(one,) for one in range(len(BEGINS)) if self.is_new((one,))]
        for _ in range(steps - 1):
            frontier = [path for before in frontier for path in self.following(before) if self.is_new(path)]

    def following(self, path: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
        faults = [one for one in path if one >= 0]
        actions = [NOTHING, *([END] * bool(faults)), *(range(len(BEGINS)) if len(faults) < MOST_FAULTS else ())]
        return [(*path, one) for one in actions] if self.violation is None else []

    def is_new(self, actions: tuple[int, ...]) -> bool:
        if self.violation is not None:
            return False
        path = Path(self.setting, actions)
        path.seen = self.seen
        result = path.tell()
        self.paths += 1
        if result.violation is not None:
            self.violation = result.told, result.violation
            return False
        self.longest = max(self.longest, result.settled_after)
        new = path.mark not in self.seen
        self.seen.add(path.mark)
        return new


def explore(steps: int) -> int:
    """1 if a rule is broken."""
    for setting in SETTINGS:
        one = Exploration(setting)
        one.explore(steps)
        values = setting, len(one.seen), one.paths, steps, STEP_SECONDS, MOST_FAULTS, one.longest
        text = "%s: %d states on %d paths, to a depth of %d steps of %g s with at most %d faults; settled within %.0f s"
        print(text % values)
        if one.violation is not None:
            told, broken = one.violation
            print("\n".join([*told[-60:], "VIOLATION of %s: %s" % broken]))
            return 1
    print("0 violations")
    return 0
