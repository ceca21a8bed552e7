"""Runs scripts/bridge or guard with a configuration of the test's: nodeProgram.py PROGRAM CONFIG run|remove."""

import importlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "scripts"))
import programs  # noqa: E402, F401

program = importlib.import_module("failover_pair.%s.service" % sys.argv[1])
program.CONFIG = sys.argv[2]
sys.exit(program.main(sys.argv[3:]))
