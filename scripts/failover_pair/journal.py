"""Lines for the journal. Every text in them may come from others: an API, a proxy, a kernel module, the peer.

A control character, a line's end or a bidirectional mark in such a text would forge lines or hide parts of one. So
each is written as an escape (`\\x1b`, `\\u202e`), and a text has a greatest length.
"""

from __future__ import annotations

import sys

MOST = 2000  # characters of a line: an explanation needs a few hundred
SECRETS: set[str] = set()


def safe(text: object, most: int = MOST) -> str:
    """A text in one line of printable characters, shortened at its end."""
    text = str(text)
    # a NUL and the like take up to ten characters each when they are escaped
    shown = "".join(one if one.isprintable() else escaped(one) for one in text[:most])
    return shown if len(text) <= most and len(shown) <= most else shown[: most - 1] + "…"


def escaped(character: str) -> str:
    code = ord(character)
    return "\\x%02x" % code if code < 256 else "\\u%04x" % code if code < 65536 else "\\U%08x" % code


def scrub(text: str) -> str:
    """Takes every token that was read out of a text: nothing that leaves this process may hold one."""
    for secret in SECRETS:
        text = text.replace(secret, "<token>")
    return text


def log(text: str, level: int = 6) -> None:
    """One line for the journal; level as in syslog: 2 alarm, 3 error, 4 warning, 6 information."""
    sys.stderr.write("<%d>%s\n" % (level, safe(scrub(text))))
    sys.stderr.flush()


def label(text: str) -> str:
    """A text as the value of a Prometheus label, which knows three escapes and no other."""
    return '"%s"' % safe(text, 200).replace("\\", "\\\\").replace('"', '\\"')
