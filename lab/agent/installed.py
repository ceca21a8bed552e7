"""installed.py FOLDER: puts the agent there as node-setup does on a node: a launcher, the package's archive, and its
compiled modules."""

import os
import shutil
import sys
import zipfile

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")
sys.dont_write_bytecode = True
sys.path.insert(0, SCRIPTS)

from failover_pair import bytecode_of  # noqa: E402
from failover_pair.setup.bytecode import compiled  # noqa: E402

archive = os.path.join(sys.argv[1], "failover-pair.pyz")
shutil.copy(os.path.join(SCRIPTS, "alias-switch"), sys.argv[1])
with zipfile.ZipFile(archive, "w") as made:
    for folder, _, names in os.walk(os.path.join(SCRIPTS, "failover_pair")):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                made.write(path, os.path.relpath(path, SCRIPTS))
with open(bytecode_of(archive), "wb") as file:
    file.write(compiled(archive))
