"""Runs stories on all processors, each in one process after the other."""

from __future__ import annotations

import gc
import hashlib
import itertools
import multiprocessing
import os
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

from sim.schedule import draw
from sim.story import Story

if TYPE_CHECKING:
    from collections.abc import Generator

    from sim.story import Result

AHEAD = 2  # stories that wait for each processor


def story_seed(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(b"%d %d" % (seed, number)).digest()[:6], "big")


def stay_on(number: int) -> None:
    """Only one thread of a story runs at a time: it goes on sooner after another one on the same processor."""
    if hasattr(os, "sched_setaffinity"):
        able = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {able[number % len(able)]})


def processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tell(seed: int) -> tuple[Result, float]:
    """(result, CPU seconds). A result without a violation has no lines, which the other process does not need."""
    began = time.process_time()
    gc.disable()  # a story's garbage is little, and to look for it takes a tenth of the time
    result = Story(draw(seed)).tell()
    gc.collect()
    return result if result.violation else result._replace(told=[]), time.process_time() - began


def results(seed: int) -> Generator[tuple[Result, float], None, None]:
    """Of the run's stories, in their order, which does not depend on the processors."""
    context, numbers = multiprocessing.get_context("fork"), itertools.count()
    started = context.Value("i", 0)

    def submit() -> None:
        waiting.append(pool.submit(tell, story_seed(seed, next(numbers))))

    pool = ProcessPoolExecutor(processors(), context, begin, (started,))
    waiting: deque[Any] = deque()
    try:
        for _ in range(AHEAD * processors()):
            submit()
        while True:
            submit()
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def begin(started: Any) -> None:
    with started.get_lock():
        started.value += 1
        stay_on(started.value)
