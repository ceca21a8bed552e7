"""What runs on the nodes of a pair. Python 3.10 or newer, standard library only.

Modules write `TYPE_CHECKING = False` where others import it: mypy takes the name for true either way, and importing
`typing` would cost each start of a small program 5 ms.
"""

import os
import sys


def bytecode_of(archive: str) -> str:
    """Where node-setup puts the compiled modules of an archive, with which a program starts in a third of the time.
    Another archive has another time, and another Python another tag, so an old compiled module cannot outlive an
    upgrade."""
    tag, time = sys.implementation.cache_tag, os.stat(archive).st_mtime_ns
    return "%s.%s-%d.zip" % (os.path.splitext(archive)[0], tag, time)


_archive = os.path.dirname(os.path.dirname(__file__))
if _archive.endswith(".pyz"):
    # Python passes over a path that does not exist, and then reads the source
    __path__.insert(0, bytecode_of(_archive) + "/failover_pair")
