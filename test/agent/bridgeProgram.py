"""Runs scripts/node/bridge with a configuration of the test's: bridgeProgram.py CONFIG run|remove."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "node"))
import programs  # noqa: E402

bridge = programs.load("bridge")
bridge.CONFIG = sys.argv[1]
sys.exit(bridge.main(sys.argv[2:]))
