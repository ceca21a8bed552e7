"""Runs scripts/bridge or guard with a configuration of the test's: nodeProgram.py PROGRAM CONFIG run|remove."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "scripts"))
import programs  # noqa: E402

program = programs.load(sys.argv[1])
program.CONFIG = sys.argv[2]
sys.exit(program.main(sys.argv[3:]))
