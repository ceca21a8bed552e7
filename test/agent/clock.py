"""clock.py OFFSET_FILE PROGRAM ARGUMENT...: runs a Python program whose clock is off by what the file says, in seconds.

The clock that no program can set, time.monotonic, stays as it is.
"""

import runpy
import sys
import time

offset_file, real_time = sys.argv[1], time.time


def off():
    with open(offset_file) as file:
        return real_time() + float(file.read() or 0)


time.time = off
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
