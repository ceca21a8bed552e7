"""Good documents and files made odd, the same ones for the same seed."""

import copy
import json

ODD_VALUES = (
    None, True, False, 0, -1, 5, 1.5, 1e300, 2**53 + 1, 10**30, "", "7", "²", "x" * 5000, "\x00\x1b[2J\n<3>forged", "\ud800", [], {}, [[]],
    [None], ["10.0.1.300"], ["010.0.1.1"], [5], {"a": 1}, "10.0.1.1", float("inf"), float("nan"),
)
ODD_BYTES = (b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"]", b'"', b"[" * 3000, b"9" * 5000, b"NaN", b"-Infinity", b"\n<3>", b"\xc2\xb2", b"<html>")


def places(value, path=()):
    """The path of every value in a document."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield from places(one, (*path, name))


def changed(document, random):
    """The document with one to three values replaced, taken away, doubled or moved."""
    document = [copy.deepcopy(document)]
    for _ in range(random.randint(1, 3)):
        *way, last = random.choice([path for path in places(document) if path])
        container = document
        for step in way:
            container = container[step]
        what = random.randrange(4)
        if what == 0 and way:
            del container[last]
        elif what == 1 and isinstance(container, list):
            container.append(copy.deepcopy(container[last]))
        else:
            container[last] = copy.deepcopy(random.choice(ODD_VALUES))
        if not document:
            return None
    return document[0]


def text(document, random):
    """A document's bytes: whole, of changed values, cut off, or with bytes in it that do not belong there."""
    data = json.dumps(changed(document, random) if random.random() < 0.6 else document).encode()
    return data if random.random() < 0.5 else spoilt(data, random)


def spoilt(data, random):
    what, at = random.randrange(4), random.randrange(len(data) + 1)
    if what == 0:
        return data[:at]
    if what == 1:
        return data[:at] + random.choice(ODD_BYTES) + data[at:]
    if what == 2:
        return data[:at] + bytes(random.randrange(256) for _ in range(5)) + data[at + 5 :]
    return data[:at] + data[max(0, at - random.randrange(40)) :]
