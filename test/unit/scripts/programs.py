"""Makes the package of scripts/ known to the tests, and loads the programs beside it, whose names are not names of modules."""

import glob
import importlib.machinery
import importlib.util
import os
import sys

FOLDER = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "scripts"))
sys.dont_write_bytecode = True
sys.path.insert(0, FOLDER)


def load(name):
    path = os.path.normpath(os.path.join(FOLDER, name))
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def source():
    """{path: text} of every module of the package."""
    found = {}
    for path in glob.glob(os.path.join(FOLDER, "failover_pair", "**", "*.py"), recursive=True):
        with open(path) as file:
            found[os.path.relpath(path, FOLDER)] = file.read()
    return found
