"""The package's modules, compiled once by the node's own Python and not at each start of a program."""

from __future__ import annotations

import glob
import importlib.util
import io
import marshal
import os
import struct
import zipfile

from failover_pair import bytecode_of
from failover_pair.setup.node import Node
from failover_pair.setup.paths import PACKAGE

# the name of the archive tells whether it is the right one, so Python is to compare nothing (PEP 552)
HEADER = importlib.util.MAGIC_NUMBER + struct.pack("<III", 1, 0, 0)


def compiled(archive: str) -> bytes:
    """An archive with the bytecode of each module in this archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            code = compile(source.read(name), "%s/%s" % (archive, name), "exec", dont_inherit=True)
            target.writestr(name + "c", HEADER + marshal.dumps(code))
    return made.getvalue()


class BytecodeStep(Node):
    def compile_package(self) -> None:
        archive = self.path(PACKAGE)
        if os.path.exists(archive) and not os.path.exists(bytecode_of(archive)):
            self.replace(bytecode_of(archive)[len(self.root) :], 0o644, compiled(archive))

    def remove_former_bytecode(self) -> None:
        """Last: a program that still runs reads it."""
        archive = self.path(PACKAGE)
        if os.path.exists(archive):
            for path in glob.glob(glob.escape(os.path.splitext(archive)[0]) + ".*.zip"):
                if path != bytecode_of(archive):
                    os.unlink(path)
