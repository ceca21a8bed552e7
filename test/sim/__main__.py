"""`python3 test/sim`: see command.py."""

import os
import sys

if os.environ.get("PYTHONHASHSEED") != "0":  # the order of a set of texts is the same in each run
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:1] = [os.path.dirname(HERE), os.path.join(HERE, "..", "..", "scripts")]

from sim.command import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
