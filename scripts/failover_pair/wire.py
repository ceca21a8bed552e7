"""HTTP as the agent needs it: a request in one piece, and an answer that is whole by a given moment.

A timeout of the socket holds for each piece, so a server that sends one byte a second would never end. Here the whole
answer has a deadline, as have the lines that a proxy sends. Its head, its informational answers (1xx) and its body
have a greatest size. No redirects, no decompression.
"""

from __future__ import annotations

import re
import socket
import urllib.parse

from failover_pair import clock, shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_HEAD = 1 << 16  # bytes: status line and headers, with those of every 1xx before them
MOST_BODY = 4 << 20
MOST_CHUNKS = 1 << 16
WORDS = re.compile(r"[!-~]+")  # of a request line
VALUE = re.compile(r"[ -~]*")  # of a header
STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: .*)?")


class Garbled(ValueError):
    """What came is not an answer of HTTP."""


class Headers(dict[str, str]):
    """By their names in lower case; the first one of a name counts."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def request(method: str, path: str, headers: dict[str, str], body: str | None = None) -> bytes:
    """
    The bytes of a request in one piece: a node that freezes after its head, and goes on as BACKUP, would send the rest
    of a change that must not be made any more.
    """
    if not WORDS.fullmatch(path):
        raise Garbled("a path with spaces or control characters")
    lines = ["%s %s HTTP/1.1" % (method, path)]
    data = body.encode() if body is not None else b""
    for name, value in {**headers, **({"Content-Length": str(len(data))} if body is not None else {})}.items():
        if not VALUE.fullmatch(value):
            raise Garbled("the header %s with control characters" % name)
        lines.append("%s: %s" % (name, value))
    return "\r\n".join([*lines, "", ""]).encode("ascii") + data


class Reader:
    """Reads from a socket until a moment that does not move."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self.sock, self.until, self.rest, self.head = sock, until, b"", 0
        self.silent = True  # nothing has come yet

    def more(self) -> bool:
        left = self.until - clock.now()
        if left <= 0:
            raise TimeoutError("the answer timed out")
        self.sock.settimeout(left)
        data = self.sock.recv(65536)
        self.silent = self.silent and not data
        self.rest += data
        return bool(data)

    def line(self) -> bytes:
        """One of the head, without its end."""
        while b"\n" not in self.rest:
            if self.head + len(self.rest) > MOST_HEAD:
                raise Garbled("the answer's head is too long")
            if not self.more():
                closed = "the server closed the connection %s" % (
                    "before its answer" if self.silent else "in its answer"
                )
                raise ConnectionResetError(closed) if self.silent else OSError(closed)
        line, _, self.rest = self.rest.partition(b"\n")
        self.head += len(line) + 1
        if self.head > MOST_HEAD:
            raise Garbled("the answer's head is too long")
        return line.rstrip(b"\r")

    def exactly(self, size: int) -> bytes:
        parts, missing = [], size
        while missing > len(self.rest):
            parts.append(self.rest)
            missing -= len(self.rest)
            self.rest = b""
            if not self.more():
                raise OSError("the server closed the connection in its answer")
        parts.append(self.rest[:missing])
        self.rest = self.rest[missing:]
        return b"".join(parts)

    def to_the_end(self, most: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            size += len(self.rest)
            if size > most:
                raise Garbled("the answer is longer than %d bytes" % most)
            parts.append(self.rest)
            self.rest = b""
            if not self.more():
                return b"".join(parts)


def read_head(reader: Reader) -> tuple[int, int, Headers]:
    """(HTTP/1's minor version, status, Headers) of the next answer."""
    line = reader.line()
    found = STATUS.fullmatch(line)
    if not found:
        raise Garbled("the answer is not HTTP: %r" % line[:60].decode("latin-1"))
    headers = Headers()
    while True:
        line = reader.line()
        if not line:
            return int(found[1]), int(found[2]), headers
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.lower(), value.strip()
        if name == "content-length" and headers.get(name, value) != value:
            raise Garbled("the answer has two lengths")
        headers.setdefault(name, value)


def read_answer(
    sock: socket.socket, until: float, most: int = MOST_BODY, tunnel: bool = False
) -> tuple[int, Headers, bytes, bool]:
    """
    (status, Headers, body, whether the connection can be used again). tunnel: of a CONNECT, whose answer has no body.
    Raises Garbled, OSError; ConnectionResetError if the connection was closed before anything came.
    """
    reader = Reader(sock, until)
    minor, status, headers = read_head(reader)
    while status < 200:  # 100 Continue, 103 Early Hints: the answer comes after them
        minor, status, headers = read_head(reader)
    stays = minor == 1 and "close" not in headers.get("connection", "").lower()
    encoding = headers.get("transfer-encoding", "").lower()
    if tunnel or status in (204, 304):
        body = b""
    elif encoding:
        body = read_chunks(reader, encoding, most)
        stays = stays and headers.get("content-length") is None
    elif headers.get("content-length") is not None:
        body = reader.exactly(length_of(headers.get("content-length"), most))
    else:
        body, stays = reader.to_the_end(most), False
    return status, headers, body, stays and not reader.rest


def length_of(text: str, most: int) -> int:
    length = shapes.digits(text)
    if length is None:
        raise Garbled("the answer's length is %r" % text[:60])
    if length > most:
        raise Garbled("the answer is longer than %d bytes" % most)
    return length


def read_chunks(reader: Reader, encoding: str, most: int) -> bytes:
    if encoding != "chunked":
        raise Garbled("the answer comes in the encoding %r" % encoding[:60])
    parts: list[bytes] = []
    size = 0
    for _ in range(MOST_CHUNKS):
        reader.head = 0  # a long body may have many of these lines
        word = reader.line().partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", word):
            raise Garbled("a chunk of the answer has no length")
        length = int(word, 16)
        size += length
        if size > most:
            raise Garbled("the answer is longer than %d bytes" % most)
        if length == 0:
            while reader.line():  # trailers
                pass
            return b"".join(parts)
        parts.append(reader.exactly(length))
        if reader.line():
            raise Garbled("a chunk of the answer is longer than it says")
    raise Garbled("the answer has more than %d chunks" % MOST_CHUNKS)


def get(url: str, seconds: float, most: int) -> bytes | None:
    """The body of a plain-HTTP page, whole within that time; None for another status than 200. Raises OSError,
    ValueError."""
    until, where = clock.now() + seconds, urllib.parse.urlsplit(url)
    with socket.create_connection((where.hostname, where.port or 80), timeout=seconds) as sock:
        headers = {"Host": where.netloc, "Connection": "close"}
        sock.sendall(request("GET", where.path or "/", headers))
        status, _, body, _ = read_answer(sock, until, most)
    return body if status == 200 else None
