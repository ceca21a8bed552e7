"""fast_clock.py FACTOR PROGRAM ARGUMENT...: runs a Python program for which time passes so many times faster.

What it measures and what it waits for; the network and its time-outs stay as they are.
"""

import runpy
import select
import sys
import time

factor = float(sys.argv[1])
monotonic, wait, sleep = time.monotonic, select.select, time.sleep


def fast_select(readers, writers, others, seconds=None):
    return wait(readers, writers, others, None if seconds is None else seconds / factor)


time.monotonic = lambda: monotonic() * factor
time.sleep = lambda seconds: sleep(seconds / factor)
select.select = fast_select
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
