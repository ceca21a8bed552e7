"""Reads files that others write: those of the run folder, the configuration, keepalived's own.

A file may be missing, cut off, of an older or a newer version, a folder, a FIFO or a link. Then its reader goes on
with a default and the journal gets one line. Nothing waits here, and nothing is read without a limit.
"""

from __future__ import annotations

import os
import socket
import stat

from failover_pair import shapes
from failover_pair.journal import log, safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    T = TypeVar("T")


MOST_BYTES = 1 << 20
complained: dict[str, str | None] = {}  # path → what was wrong with it when it was read last


def complain(path: str, problem: str | None) -> None:
    """One line for each problem of a file, however often it is read."""
    if problem != complained.get(path):
        complained[path] = problem
        if problem is not None:
            log("%s: %s" % (path, problem), 4)


def read_bytes(path: str, most: int = MOST_BYTES, links: bool = False) -> bytes:
    """The content of a plain file. Raises OSError, also for what is not one. links: whether it may be a symbolic
    link."""
    # non-blocking: opening a FIFO would wait for a writer
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("not a plain file")
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError("longer than %d bytes" % most)
    return data


def as_text(data: bytes) -> str:
    if b"\0" in data:
        raise OSError("it has NUL characters")
    return data.decode()


def as_object(data: bytes) -> dict[str, Any]:
    return shapes.mapping(shapes.document(as_text(data)))


def read(
    path: str,
    parse: Callable[[bytes], T],
    default: T,
    most: int = MOST_BYTES,
    links: bool = False,
    left_out: Sequence[str] = (),
) -> T:
    """
    What `parse` makes of a plain file's bytes. The default for one that is not there, and for one that is of another
    kind: that goes to the journal, as does what `parse` has put into `left_out`.
    """
    found, problem = default, None
    try:
        found = parse(read_bytes(path, most, links))
    except FileNotFoundError:
        pass
    except UnicodeError:
        problem = "it is not text"
    except (OSError, ValueError) as error:
        problem = safe(getattr(error, "strerror", None) or error, 200)
    left = "%s; this is left out" % "; ".join(left_out) if left_out else None
    complain(path, "%s; it is taken as empty" % problem if problem else left)
    return found


def read_text(path: str, most: int = MOST_BYTES, links: bool = False) -> str | None:
    """The text of a file, or None."""
    return read(path, as_text, None, most, links)


def read_json(path: str) -> dict[str, Any]:
    """A JSON object, or {}."""
    return read(path, as_object, {})


def read_flag(path: str) -> bool | None:
    """A keepalived track_file: None if there is none, else whether it forbids being MASTER."""
    text = read_text(path, 4096)
    return None if text is None else text.strip() not in ("", "0")


def read_fields(path: str, kinds: shapes.Kinds) -> dict[str, Any]:
    """The fields of a JSON file by their kinds, None for one that is missing or of another kind. What is not in
    `kinds`, as a newer version may have it, is left out."""
    odd, missing = [], dict.fromkeys(kinds)

    def parse(data: bytes) -> dict[str, Any]:
        document, found = as_object(data), dict(missing)
        for name, kind in kinds.items():
            try:
                found[name] = None if document.get(name) is None else kind(document[name])
            except shapes.Odd as error:
                odd.append("%s is %s" % (name, error))
        return found

    return read(path, parse, missing, left_out=odd)


def settings(path: str, kinds: shapes.Kinds) -> dict[str, Any]:
    """config.json, with these fields of it checked. Raises OSError, Odd."""
    document = shapes.mapping(shapes.document(read_bytes(path, links=True)))
    return {**document, **shapes.fields(document, kinds)}


# ---- what is in them -------------------------------------------------------------------------------------------------


def of(**kinds: Callable[[object], object]) -> Callable[[object], dict[str, Any]]:
    """An object with these fields, each of its kind."""
    return lambda value: shapes.fields(value, kinds)


def words(value: Any) -> str:
    """A sentence of this program's own, in which others may be quoted."""
    if type(value) is not str:
        raise shapes.Odd("not a text")
    return safe(value, 600)


def left(value: Any) -> float:
    """Seconds until something happens; what is late happens now."""
    return 0 if type(value) in (int, float) and value < 0 else shapes.number(value)


def by_name(kind: Callable[[object], T], most: int = 100) -> Callable[[object], dict[str, T]]:
    def read(value: Any) -> dict[str, T]:
        if len(shapes.mapping(value)) > most:
            raise shapes.Odd("an object of more than %d" % most)
        return {shapes.text(name): kind(one) for name, one in value.items()}

    return read


def seconds(value: Any) -> float:
    """How long a change of the cloud has taken."""
    taken = shapes.number(value)
    if taken > 600:
        raise shapes.Odd("longer than a change takes")
    return taken


def remembered(value: Any) -> list[tuple[int, str]]:
    """[(family, address)] of a name's last addresses."""
    found = []
    for entry in shapes.list_of(shapes.listing, 64)(value):
        family, address = entry if len(entry) == 2 else (None, None)
        try:
            if type(family) is not int or type(address) is not str:
                raise ValueError
            socket.inet_pton(socket.AddressFamily(family), address.partition("%")[0])
        except (OSError, ValueError):
            raise shapes.Odd("not a list of addresses") from None
        found.append((family, address))
    return found


maybe = shapes.optional
STATES = ("MASTER", "BACKUP", "FAULT", "STOP")
JOURNEY = of(ok=shapes.boolean, where=maybe(words), at=shapes.number)
# the peer tells no time, for its clock may be another
PEER: shapes.Kinds = {
    "state": maybe(shapes.one_of(*STATES)),
    "master": maybe(shapes.boolean),
    "yields": maybe(shapes.boolean),
    "journey": maybe(of(ok=shapes.boolean, where=maybe(words))),
}
TIMES = maybe(shapes.list_of(seconds, 64))
CLAIM = {"at": shapes.number, "seconds": shapes.number, "steps": by_name(shapes.number), "from": maybe(shapes.text)}
CLAIM.update(requests=maybe(shapes.whole), failedTries=maybe(shapes.whole))

# agent.json, which the agent leaves for `status` and for its own next start
SAVED = {
    "at": shapes.number,
    "master": shapes.boolean,
    "confirmed": shapes.boolean,
    "confirmedAt": shapes.number,
    "mandate": shapes.boolean,
    "promotedAt": shapes.number,
    "peerKnown": shapes.boolean,
    "hearsVrrp": shapes.boolean,
    "listening": shapes.boolean,
    "otherVersion": shapes.boolean,
    "carriedBy": shapes.text,
    "followsIn": left,
    "vrrp": shapes.one_of(*STATES),
    "since": shapes.number,
    "peer": of(**PEER),
    "lastClaim": of(**CLAIM),
    "lastError": of(at=shapes.number, cause=shapes.text, text=words, over=maybe(shapes.boolean)),
    "vips": shapes.list_of(shapes.ipv4, 100),
    "journey": JOURNEY,
    "notCarried": JOURNEY,
    "ports": shapes.list_of(shapes.text, 1000),
    "requestsLeft": shapes.whole,
    "tokenValid": shapes.boolean,
    "timing": of(accepted=TIMES, refused=TIMES, assigned=TIMES),
    "addresses": remembered,
}
BRIDGE = {"ready": shapes.boolean, "problem": words}
TRACKING = {"watched": shapes.boolean, "refused": by_name(words, 1000)}
