"""What others say is of the shape that this program knows, or it is `Odd`: JSON, and the values in it.

One reading for every document: of the API, of the run folder, of the peer, of `ip` and `nft`. Whatever the text is,
the result is a value that was checked or the one error `Odd`; never a RecursionError, an integer of a million digits,
a NaN or a surprise at a later line.
"""

from __future__ import annotations

import json
import math
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn, TypeVar

    T = TypeVar("T")
    Kinds = Mapping[str, Callable[[Any], Any]]


MOST_DIGITS = 16  # of a number: 2^53 has as many
MOST_WHOLE = 2**53  # a larger one is not the same number in every language
MOST_TEXT = 512  # characters


class Odd(ValueError):
    """What was read is of another shape; the text says what, in a few words."""


def document(text: str | bytes) -> Any:
    """The value of a JSON text (str or bytes). Raises Odd."""
    try:
        return json.loads(text, object_pairs_hook=once, parse_int=integer, parse_float=finite, parse_constant=refuse)
    except Odd:
        raise
    except (ValueError, RecursionError):  # the latter for what is nested too deep
        raise Odd("not JSON") from None


def output(text: str | bytes) -> Any:
    """The same of what `ip` and `nft` print, where a name may stand twice and a number be of 64 bits."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Odd("not JSON") from None


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Odd("JSON with a name that stands twice in an object")
    return found


def integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS + 1:
        raise Odd("JSON with a number of %d digits" % len(digits))
    return int(digits)


def finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Odd("JSON with a number that is too large")
    return value


def refuse(name: str) -> NoReturn:
    raise Odd("JSON with %s" % name)


# ---- values: each takes anything, and returns it if it is of that kind
# ------------------------------------------------


def mapping(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise Odd("not an object")
    return value


def listing(value: Any) -> list[Any]:
    if type(value) is not list:
        raise Odd("not a list")
    return value


def boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Odd("neither true nor false")
    return value


def whole(value: Any) -> int:
    """A number such as an id: 0 or more."""
    if type(value) is not int or not 0 <= value <= MOST_WHOLE:
        raise Odd("not a whole number")
    return value


def number(value: Any) -> float:
    """A time or a duration: 0 or more."""
    if type(value) not in (int, float) or not 0 <= value < 1e11:
        raise Odd("not a number")
    return float(value) if type(value) is float else int(value)


def text(value: Any) -> str:
    if type(value) is not str or len(value) > MOST_TEXT:
        raise Odd("not a text of at most %d characters" % MOST_TEXT)
    return value


def ipv4(value: Any) -> str:
    """Four numbers without leading zeros, as inet_pton has it."""
    try:
        socket.inet_pton(socket.AF_INET, value)
    except (OSError, TypeError, ValueError):
        raise Odd("not an IPv4 address") from None
    return str(value)


def optional(kind: Callable[[object], T]) -> Callable[[object], T | None]:
    return lambda value: None if value is None else kind(value)


def list_of(kind: Callable[[Any], T], most: int = 10_000) -> Callable[[object], list[T]]:
    def read(value: Any) -> list[T]:
        if len(listing(value)) > most:
            raise Odd("a list of more than %d" % most)
        return [kind(one) for one in value]

    return read


def one_of(*values: str) -> Callable[[object], str]:
    def read(value: Any) -> str:
        if type(value) is not str or value not in values:
            raise Odd("not one of %s" % ", ".join(values))
        return value

    return read


def field(container: object, name: str, kind: Callable[[Any], T]) -> T:
    """The value of a name, checked. A name that is missing is as good as null."""
    try:
        return kind(mapping(container).get(name))
    except Odd as odd:
        raise Odd("%s is %s" % (name, odd)) from None


def fields(container: object, kinds: Kinds) -> dict[str, Any]:
    return {name: field(container, name, kind) for name, kind in kinds.items()}


def digits(value: Any, most: int = MOST_DIGITS) -> int | None:
    """The number that a header's text stands for, or None: ASCII digits only, as int() takes those of every script."""
    good = type(value) is str and value.isascii() and value.isdigit() and len(value) <= most
    return int(value) if good else None
