"""The keys of authorized_keys. Pure."""

from __future__ import annotations

import re

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterator

# One line of authorized_keys, as sshd reads it: options have no white space outside of quotes, and \" is not a quote.
QUOTE = rb'"(?:\\"|\\(?!")|[^"\\])*"'
OPTIONS = rb'(?:%(quote)s|\\"|\\(?!")|[^\s"\\#])(?:%(quote)s|\\"|\\(?!")|[^\s"\\])*' % {b"quote": QUOTE}
KEY = rb"(?:ssh|ecdsa|sk)-[\w@.-]+[ \t]+(?P<blob>AAAA[A-Za-z0-9+/]+)=*(?P<comment>\s.*)?"
KEY_LINE = re.compile(rb"[ \t]*(?:(?P<options>%s)[ \t]+)??%s\Z" % (OPTIONS, KEY), re.DOTALL)
BEGIN, END = b"# failover-pair: begin", b"# failover-pair: end"


def key_of(line: bytes) -> bytes | None:
    """What tells the key of this line from others, whatever stands around it; None if there is no key in it."""
    found = KEY_LINE.match(line)
    return found["blob"] if found else None


def plain_key(line: bytes) -> bool:
    """Whether the line is as `with_keys` writes one: neither options nor a comment."""
    found = KEY_LINE.match(line)
    return found is not None and not found["options"] and not (found["comment"] or b"").strip()


def blocks(lines: list[bytes]) -> Iterator[tuple[bytes, bool]]:
    """(line, whether it is in a block of ours) for every line but the marks. A block whose end is missing ends before
    the first line that we cannot have written."""
    ended, inside = False, False
    for index, line in enumerate(lines):
        mark = line.strip()
        if mark == BEGIN:
            following = [later.strip() for later in lines[index + 1 :] if later.strip() in (BEGIN, END)]
            inside, ended = True, following[:1] == [END]
        elif mark == END:
            inside = False
        else:
            inside = inside and (ended or plain_key(line))
            yield line, inside


def with_keys(data: bytes, keys: list[str]) -> bytes:
    """authorized_keys with exactly these keys in a block of ours. A key that was ours and is not any more goes,
    wherever cloud-init or a person had put it too. A line with options for a wanted key stays as it is: a person has
    restricted it. All other lines stay, byte for byte."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    sorted_out = list(blocks(lines))
    wanted: dict[bytes | None, bytes] = {key_of(key.encode()): key.encode() for key in keys}
    known = {key_of(line) for line, ours in sorted_out if ours}.union(wanted) - {None}
    restricted: dict[bytes | None, bytes] = {}
    for line in lines:
        found = KEY_LINE.match(line)
        if found and found["options"]:
            restricted.setdefault(found["blob"], line)
    notes = [line for line, ours in sorted_out if ours and key_of(line) is None]
    others = [line for line, ours in sorted_out if not ours and key_of(line) not in known]
    block = [restricted.get(blob, line) for blob, line in wanted.items()]
    return b"\n".join([*others, BEGIN, *notes, *block, END, b""])
