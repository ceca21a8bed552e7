"""The API token's file."""

from __future__ import annotations

import os
import sys

from failover_pair import readers
from failover_pair.api.errors import ApiError
from failover_pair.journal import SECRETS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class TokenSource(Protocol):
        """The token file, or a token that was given."""

        def get(self) -> str: ...


class Token:
    """The token file, read again whenever it was replaced."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.stamp: tuple[int, int, int] | None = None
        self.value: str | None = None

    def changed(self) -> bool:
        try:
            found = os.stat(self.path)
            stamp: tuple[int, int, int] | None = (found.st_mtime_ns, found.st_ino, found.st_size)
        except OSError:
            stamp = None
        same, self.stamp = stamp == self.stamp, stamp
        return not same

    def get(self) -> str:
        if self.changed() or self.value is None:
            try:
                self.value = checked_token(readers.read_bytes(self.path, 4096, links=True).decode())
            except (OSError, ValueError) as error:
                self.value = None
                raise ApiError("token-missing", "no token: %s: %s" % (self.path, error)) from None
        return self.value


def checked_token(text: str) -> str:
    """A token that can stand in a header and be told apart in a log; the error does not quote it."""
    token = text.strip()
    if len(token) < 16 or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("this is not an API token, which is 16 or more printable characters without spaces")
    SECRETS.add(token)
    return token


class GivenToken:
    def __init__(self, value: str) -> None:
        self.value = value

    def get(self) -> str:
        return self.value


def token_from_stdin() -> str:
    return checked_token(sys.stdin.read(4096))
