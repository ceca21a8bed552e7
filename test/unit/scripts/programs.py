"""Loads the programs of scripts/, whose names are no module names."""

import importlib.machinery
import importlib.util
import os
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "scripts")
sys.dont_write_bytecode = True


def load(name):
    path = os.path.normpath(os.path.join(FOLDER, name))
    loader = importlib.machinery.SourceFileLoader(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module
