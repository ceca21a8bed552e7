"""HTTP from servers, proxies and metadata services that answer oddly or slowly: an answer, or an error by the deadline."""

import contextlib
import random
import socket
import sys
import threading
import time
import types
import unittest
from unittest import mock

import mutations
import programs  # noqa: F401
from failover_pair import wire
from failover_pair.api import connection
from failover_pair.api.connection import Channel
from failover_pair.metadata import metadata_aliases

wire = wire

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nRateLimit-Remaining: 9\r\n\r\n{\"a\": true}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n{\"a\"\r\n7\r\n: true}\r\n0\r\nX: y\r\n\r\n"


def read(data, most=wire.MOST_BODY, **how):
    """What is made of these bytes, after which the server closes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=send, args=(theirs, data))
        sender.start()
        try:
            return wire.read_answer(ours, time.monotonic() + 60, most, **how)
        finally:
            ours.close()
            sender.join()


def send(sock, data):
    with contextlib.suppress(OSError):
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)


class Answers(unittest.TestCase):
    def test_good_ones(self):
        for data in (GOOD, CHUNKED, GOOD.replace(b"\r\n", b"\n"), b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + GOOD):
            status, headers, body, stays = read(data)
            self.assertEqual((status, body, stays), (200, b'{"a": true}', True))
        self.assertEqual(read(GOOD)[1].get("RateLimit-Remaining"), "9")

    def test_a_connection_that_cannot_be_used_again(self):
        for data in (
            GOOD + b"HTTP/1.1 200 OK\r\n\r\n",  # the next request would get this answer
            GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"),
            GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
            b"HTTP/1.1 200 OK\r\n\r\n{\"a\": true}",
            CHUNKED.replace(b"chunked", b"chunked\r\nContent-Length: 3"),
        ):
            self.assertEqual(read(data)[2:], (b'{"a": true}', False), data)

    def test_without_a_body(self):
        self.assertEqual(read(b"HTTP/1.1 204 No Content\r\n\r\n")[2:], (b"", True))
        self.assertEqual(read(b"HTTP/1.1 200 Connection established\r\n\r\n", tunnel=True)[2:], (b"", True))

    def test_garbled_ones(self):
        for data in (
            b"SSH-2.0-OpenSSH\r\n",
            b"HTTP/2 200\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 ²00 OK\r\n\r\n".encode(),
            b"HTTP/1.1 999 OK\r\n\r\n",
            GOOD.replace(b"11", b"-1"),
            GOOD.replace(b"11", "²".encode("latin-1")),
            GOOD.replace(b"11", b"9" * 5000),
            GOOD.replace(b"Length: 11", b"Length: 11\r\nContent-Length: 12"),
            CHUNKED.replace(b"4;", b"-4;"),
            CHUNKED.replace(b"4;", b"FFFFFFFFFFFFFFFF;"),
            CHUNKED.replace(b"4;", b"3;"),
            CHUNKED.replace(b"chunked", b"gzip, chunked"),
            b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000,
            b"HTTP/1.1 200 OK\r\nA: " + b"x" * 200_000,
            b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
            b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (wire.MOST_BODY + 1),
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * (wire.MOST_CHUNKS + 1),
        ):
            with self.assertRaises(wire.Garbled, msg=data[:60]) as raised:
                read(data)
            self.assertLess(len(str(raised.exception)), 200)

    def test_cut_off(self):
        with self.assertRaises(ConnectionResetError):
            read(b"")
        for at in range(1, len(GOOD)):
            with self.assertRaises(OSError) as raised:
                read(GOOD[:at])
            self.assertNotIsInstance(raised.exception, ConnectionError, "it was not an idle connection that was closed")

    def test_thousands_that_were_made_odd(self):
        chance, taken = random.Random(7), 0
        for number in range(3000):
            data = mutations.spoilt(chance.choice((GOOD, CHUNKED)), chance)
            with self.subTest(number=number, data=data[:300]):
                try:
                    status, _, body, _ = read(data)
                    taken += status == 200 and body == b'{"a": true}'
                except (OSError, wire.Garbled):
                    pass
        self.assertGreater(taken, 100)


class Requests(unittest.TestCase):
    def test_nothing_is_injected(self):
        for path, value in (("/x\r\nA: b", "y"), ("/x y", "y"), ("/x", "y\r\nA: b"), ("/x", "y\n"), ("/²", "y"), ("", "y")):
            with self.assertRaises(wire.Garbled):
                wire.request("GET", path, {"Host": value})


DRIP = 0.02  # seconds from one piece to the next


def dripping(start, piece):
    """Never silent for long, and never at an end."""

    def serve(connection):
        with contextlib.suppress(OSError):
            connection.recv(4096)
            connection.sendall(start)
            while True:
                connection.sendall(piece)
                time.sleep(DRIP)

    return serve


DRIPS = {
    "a status line": dripping(b"HTTP/1.1 200 ", b"x"),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    "informational answers": dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "a body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b" "),
    "chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
    "a body without an end": dripping(b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "nothing": lambda connection: connection.recv(4096) and time.sleep(30),
}


class Listening(unittest.TestCase):
    SECONDS = 0.1

    def setUp(self):
        self.addCleanup(setattr, connection, "ANSWER_SECONDS", connection.ANSWER_SECONDS)
        connection.ANSWER_SECONDS = self.SECONDS

    def listen(self, serve):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def work():
            with contextlib.suppress(OSError):
                while True:
                    connection = listener.accept()[0]
                    self.addCleanup(connection.close)
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=work, daemon=True).start()
        return listener.getsockname()[1]

    def ends(self, function):
        began = time.monotonic()
        with self.assertRaises(OSError):
            function()
        return time.monotonic() - began

    def channel(self, endpoint, proxy=None):
        channel = Channel(types.SimpleNamespace(endpoint=endpoint, caFile=None, proxy=proxy), [(socket.AF_INET, "127.0.0.1")])
        self.addCleanup(channel.close)
        return channel


class Deadlines(Listening):
    """A whole answer has a deadline: each piece in time is not enough."""

    def test_of_the_api(self):
        for name, serve in DRIPS.items():
            with self.subTest(name):
                channel = self.channel("http://127.0.0.1:%d/v1" % self.listen(serve))
                self.assertLess(self.ends(lambda: channel.request("GET", "/x", None, {})), self.SECONDS + 1.5)
                self.assertIsNone(channel.socket)

    def test_of_a_proxy(self):
        for name in ("a status line", "headers", "informational answers", "nothing"):
            with self.subTest(name):
                channel = self.channel("http://api.example/v1", "http://127.0.0.1:%d" % self.listen(DRIPS[name]))
                self.assertLess(self.ends(lambda: channel.request("GET", "/x", None, {})), self.SECONDS + 1.5)

    def test_of_a_handshake(self):
        def serve(connection):
            with contextlib.suppress(OSError):
                connection.recv(4096)
                connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of the handshake, which never gets whole
                while True:
                    connection.sendall(b"\x02")
                    time.sleep(DRIP)

        channel = self.channel("https://127.0.0.1:%d/v1" % self.listen(serve))
        self.assertLess(self.ends(channel.open), self.SECONDS + 1.5)

    def test_of_metadata(self):
        get = wire.get
        for name in ("headers", "a body without an end", "nothing"):
            with self.subTest(name):
                config = types.SimpleNamespace(metadata="http://127.0.0.1:%d/" % self.listen(DRIPS[name]), networkId=7, address="10.0.1.2")
                began = time.monotonic()
                with mock.patch.object(wire, "get", lambda url, seconds, most: get(url, seconds / 10, most)):
                    self.assertIsNone(metadata_aliases(config))
                self.assertLess(time.monotonic() - began, 1.6)


class Proxies(Listening):
    """What a proxy answers to CONNECT."""

    def asked(self, answer):
        def serve(connection):
            connection.recv(4096)
            connection.sendall(answer)

        channel = self.channel("http://api.example/v1", "http://127.0.0.1:%d" % self.listen(serve))
        with self.assertRaises((OSError, ValueError)) as raised:
            channel.request("GET", "/x", None, {})
        return str(raised.exception)

    def test_its_words_stay_out_of_the_journal(self):
        for answer in (b"HTTP/1.1 403 \x1b[2J\x00<3>forged\r\n\r\n", b"HTTP/1.1 407 Authenticate\r\nContent-Length: 5\r\n\r\n<p>"):
            self.assertRegex(self.asked(answer), r"^the proxy refused: status 40[37]$")

    def test_more_than_an_answer(self):
        self.assertIn("sent more", self.asked(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))


if __name__ == "__main__":
    unittest.main()
