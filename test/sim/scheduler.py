"""Virtual time, and who runs in it.

Events are called in the order of their times. An agent is a `Fiber`: it runs until it waits. Python has no coroutine
that can wait deep inside ordinary functions, so each fiber has a thread of its own; but only the one that has the
baton runs, and it gives the baton on only where it waits. So a story has one order, which its seed decides.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STEPS_AT_ONCE = 5000  # of a moment in which no time passes: more is a loop that never waits

MOST_TURNS = 1000  # of a fiber's loop in a second
SHORTEST_WAIT = 2e-5  # seconds: a program takes some time, and a sum of floats is not always what it is compared with


class Killed(BaseException):
    """Raised in a fiber whose process was ended."""


class Spins(BaseException):
    """Time stands still."""


class Scheduler:
    def __init__(self) -> None:
        self.now = 0.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.order = itertools.count()
        self.ready: deque[Fiber] = deque()
        self.error: BaseException | None = None
        self.main = Fiber(self, "main")
        self.fibers: list[Fiber] = []
        self.running: Fiber = self.main
        self.steps_now = 0
        self.over = False

    def at(self, time: float, call: Callable[[], None]) -> None:
        heapq.heappush(self.events, (max(time, self.now), next(self.order), call))

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        self.at(self.now + seconds, call)

    def step(self) -> None:
        time, _, call = heapq.heappop(self.events)
        self.steps_now = self.steps_now + 1 if time <= self.now else 0
        if self.steps_now > MOST_STEPS_AT_ONCE:
            raise Spins("%d events without any time passing" % self.steps_now)
        self.now = time
        call()

    def pump(self, me: Fiber | None) -> None:
        """Calls events until it is this fiber's turn. None: of a fiber that has ended."""
        try:
            while not self.over and (not self.ready or (self.events and self.events[0][0] <= self.now)):
                self.step()  # what happens at one moment costs a program one turn
        except BaseException as error:
            self.fail(error)
        following = self.main if self.over else self.ready.popleft()
        self.running, following.queued = following, False
        if following is me:
            return
        following.baton.release()
        if me is not None:
            me.baton.acquire()

    def fail(self, error: BaseException) -> None:
        """The story ends here: what a fiber or an event raised goes to who has started it."""
        self.error, self.over = self.error or error, True

    def run(self, until: float) -> None:
        self.at(until, self.main.queue)
        self.pump(self.main)
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Ends all threads."""
        self.over = True
        for one in self.fibers:
            if one.alive and one.thread is not None:
                one.killed = True
                self.running = one
                one.baton.release()
                self.main.baton.acquire()
                one.thread.join()


class Fiber:
    def __init__(self, scheduler: Scheduler, name: str) -> None:
        self.scheduler, self.name = scheduler, name
        self.baton = threading.Lock()
        self.baton.acquire()
        self.thread: threading.Thread | None = None
        self.alive = self.killed = self.frozen = self.woken = self.listens = self.queued = False
        self.late: list[Callable[[], None]] = []  # what its other threads do as soon as it does not stand still
        self.waits = self.turns = self.second = 0
        self.resumed: Callable[[], None] = lambda: None  # called whenever it goes on

    def start(self, work: Callable[[], None]) -> None:
        self.alive = True
        self.thread = threading.Thread(target=self.live, args=(work,), daemon=True)
        self.scheduler.fibers.append(self)
        self.thread.start()
        self.queue()

    def queue(self) -> None:
        if not self.queued:
            self.queued = True
            self.scheduler.ready.append(self)

    def live(self, work: Callable[[], None]) -> None:
        self.baton.acquire()
        try:
            if not self.killed:
                self.resumed()
                work()
        except Killed:
            pass
        except BaseException as error:
            self.scheduler.fail(error)
        self.alive = False
        if self in self.scheduler.fibers and not self.scheduler.over:
            self.scheduler.fibers.remove(self)
        self.scheduler.pump(None)

    def wait(self, seconds: float, listens: bool = False) -> None:
        """Until that time, or until `poke` if it listens."""
        self.check()
        self.waits += 1
        mine, self.listens = self.waits, listens
        self.scheduler.after(max(SHORTEST_WAIT, seconds), lambda: self.wake(mine))
        self.scheduler.pump(self)
        self.listens = False
        self.check()
        self.resumed()

    def turn(self) -> None:
        """Of a loop, which must not run as fast as it can."""
        second = int(self.scheduler.now)
        if second != self.second:
            self.second, self.turns = second, 0
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise Spins("%s turns %d times in a second" % (self.name, MOST_TURNS))

    def check(self) -> None:
        if self.killed:
            raise Killed

    def wake(self, waits: int) -> None:
        if waits != self.waits or not self.alive:
            return
        if self.frozen:
            self.woken = True
            return
        self.waits += 1
        self.queue()

    def poke(self) -> None:
        """There is something to read."""
        if self.listens:
            self.wake(self.waits)

    def thaw(self) -> None:
        self.frozen = False
        late, self.late = self.late, []
        for call in late:
            self.scheduler.after(0.0, call)
        if self.woken:
            self.woken = False
            self.wake(self.waits)

    def kill(self) -> None:
        """Ends it at the place where it waits: nothing that it does from now on has an effect."""
        self.killed, self.frozen = True, False
        self.wake(self.waits)
