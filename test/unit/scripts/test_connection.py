"""alias-switch's way to the API: several addresses, a vanished DNS, a proxy, a server that closes what is idle."""

import contextlib
import fcntl
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import types
import unittest
from unittest import mock

import programs  # noqa: F401
from failover_pair import clock, runfiles
from failover_pair.api.connection import Channel, Resolver, race, tls_context
from failover_pair.locks import SILENT_SECONDS, agent_runs, beat_lock, hold_lock, make_folder


class Listener:
    """A TCP server on 127.0.0.1 that treats each connection as `serve(socket)` says."""

    def __init__(self, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.serve, self.accepted = serve, []
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            self.accepted.append(connection)
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        with connection:
            self.serve(connection)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def read_head(connection):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        data = connection.recv(4096)
        if not data:
            return None
        head += data
    return head.decode()


def answer_all(connection):
    while read_head(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


MINIMAL = "subjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n"


class Certificates(unittest.TestCase):
    """A private CA as many are: without the key identifiers and the key usage that RFC 5280 asks for."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = staticmethod(lambda name: os.path.join(folder.name, name))
        ca = "basicConstraints=CA:TRUE\n" + MINIMAL
        cls.sign("root", ca, None)
        cls.sign("middle", ca, "root")
        cls.sign("server", "subjectAltName=IP:127.0.0.1\n" + MINIMAL, "middle")
        with open(cls.path("chain.pem"), "w") as chain:
            for name in ("server", "middle"):
                with open(cls.path(name + ".pem")) as file:
                    chain.write(file.read())

    @classmethod
    def sign(cls, name, extensions, issuer):
        with open(cls.path(name + ".ext"), "w") as file:
            file.write(extensions)
        openssl = lambda words: subprocess.run(["openssl", *words.split()], cwd=cls.path(""), check=True, capture_output=True)
        key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.csr" % (name, name)
        openssl("req -new -subj /CN=%s %s" % (name, key))
        by = "-signkey root.key" if issuer is None else "-CA %s.pem -CAkey %s.key -set_serial 7" % (issuer, issuer)
        openssl("x509 -req -in %s.csr -days 2 -extfile %s.ext %s -out %s.pem" % (name, name, by, name))

    def test_what_one_image_takes_every_image_takes(self):
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(self.path("chain.pem"), self.path("server.key"))
        newer, older = ssl.VERIFY_X509_STRICT | 0x80000, 0
        default = ssl.create_default_context

        def of_python(flags):
            def create(**options):
                context = default(**options)
                context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST | flags
                return context

            return mock.patch("ssl.create_default_context", create)

        for ca in ("root", "middle"):
            for flags in (newer, older):
                with self.subTest(ca=ca, flags=flags), of_python(flags):
                    self.shake_hands(tls_context(self.path(ca + ".pem")), serving)
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "(?i)identifier|usage|CA cert"), of_python(newer):
            self.shake_hands(ssl.create_default_context(cafile=self.path("root.pem")), serving)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.shake_hands(tls_context(None), serving)

    def shake_hands(self, context, serving):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            def answer():
                with contextlib.suppress(OSError), serving.wrap_socket(theirs, server_side=True) as server:
                    server.recv(1)

            thread = threading.Thread(target=answer)
            thread.start()
            try:
                context.wrap_socket(ours, server_hostname="127.0.0.1").close()
            finally:
                ours.close()
                thread.join()


class Connections(unittest.TestCase):
    def listen(self, serve):
        listener = Listener(serve)
        self.addCleanup(listener.close)
        return listener

    def channel(self, port, proxy=None, host="127.0.0.1"):
        settings = types.SimpleNamespace(endpoint="http://%s:%d/v1" % (host, port), caFile=None, proxy=proxy)
        channel = Channel(settings)
        self.addCleanup(channel.close)
        return channel

    def get(self, channel):
        return channel.request("GET", "/x", None, {})[0]

    def test_the_first_address_that_connects_wins(self):
        port = self.listen(answer_all).port
        began = time.monotonic()
        addresses = [(socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.1")]
        connection, address = race(addresses, port)
        self.addCleanup(connection.close)
        self.assertEqual(address, (socket.AF_INET, "127.0.0.1"))
        self.assertLess(time.monotonic() - began, 0.5)

    def test_what_fails_at_once_is_no_connection(self):
        port = self.listen(answer_all).port
        addresses = [(socket.AF_INET, "255.255.255.255"), (socket.AF_APPLETALK, "x"), (socket.AF_INET, "127.0.0.1")]
        connection, address = race(addresses, port)
        self.addCleanup(connection.close)
        self.assertEqual(address, (socket.AF_INET, "127.0.0.1"))
        with self.assertRaisesRegex(OSError, "255.255.255.255: "):
            race(addresses[:1], port)

    def test_nobody_connects(self):
        with self.assertRaises(OSError):
            race([(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.2")], 1)

    def test_one_connection_for_many_requests(self):
        server = self.listen(answer_all)
        channel = self.channel(server.port)
        self.assertEqual([self.get(channel) for _ in range(5)], [200] * 5)
        self.assertEqual(len(server.accepted), 1)

    def test_what_the_server_closes_is_opened_again_before_it_is_needed(self):
        server = self.listen(answer_all)
        channel = self.channel(server.port)
        channel.keep_warm()
        self.get(channel)
        server.accepted[0].shutdown(socket.SHUT_RDWR)
        until = time.monotonic() + 5
        while channel.socket and time.monotonic() < until:
            channel.check_idle()
        channel.next_warm = 0
        channel.keep_warm()
        self.assertIsNotNone(channel.socket)
        self.assertEqual(self.get(channel), 200)

    def test_a_server_that_closes_after_each_answer(self):
        def answer_one(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")

        server = self.listen(answer_one)
        channel = self.channel(server.port)
        self.assertEqual([self.get(channel) for _ in range(3)], [200] * 3)
        self.assertEqual(len(server.accepted), 3)

    def test_a_change_is_not_repeated_unasked(self):
        requests = []

        def drop_second(connection):
            while head := read_head(connection):
                requests.append(head.split(" ", 1)[0])
                if len(requests) == 2:
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        channel = self.channel(self.listen(drop_second).port)
        self.get(channel)
        with self.assertRaises(OSError):
            channel.request("POST", "/x", None, {})
        self.assertEqual(requests, ["GET", "POST"])
        self.assertEqual(self.get(channel), 200)

    def test_through_a_proxy(self):
        asked = []

        def proxy(connection):
            asked.append(read_head(connection).split("\r\n")[0])
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            answer_all(connection)

        channel = self.channel(443, "http://127.0.0.1:%d" % self.listen(proxy).port, host="api.example")
        self.assertEqual([self.get(channel), self.get(channel)], [200, 200])
        self.assertEqual(asked, ["CONNECT api.example:443 HTTP/1.1"])

    def test_a_proxy_that_refuses(self):
        def proxy(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

        channel = self.channel(443, "http://127.0.0.1:%d" % self.listen(proxy).port, host="api.example")
        with self.assertRaisesRegex(OSError, "the proxy refused: status 403"):
            self.get(channel)


class Requests(unittest.TestCase):
    def test_head_and_body_go_out_in_one_piece(self):
        sent = []
        channel = Channel(types.SimpleNamespace(endpoint="http://api.example/v1/", caFile=None, proxy=None), [(2, "192.0.2.1")])
        channel.socket = types.SimpleNamespace(sendall=sent.append, settimeout=lambda _: None)
        channel.begin("POST", "/path", '{"alias_ips": []}', {"Host": "api.example"})
        head = b"POST /v1/path HTTP/1.1\r\nHost: api.example\r\nContent-Length: 17\r\n\r\n"
        self.assertEqual(sent, [head + b'{"alias_ips": []}'])


class Names(unittest.TestCase):
    def test_the_last_good_addresses_outlive_dns(self):
        resolver = Resolver("127.0.0.1", 1)
        self.assertEqual(resolver.addresses(), [(socket.AF_INET, "127.0.0.1")])
        gone = Resolver("name.invalid", 1, remembered=[(2, "192.0.2.7")])
        gone.asked.set()
        self.assertEqual(gone.addresses(), [(2, "192.0.2.7")])

    def test_what_worked_is_tried_first(self):
        resolver = Resolver("127.0.0.1", 1, remembered=[(2, "192.0.2.7"), (2, "192.0.2.8")])
        resolver.worked((2, "192.0.2.8"))
        self.assertEqual(resolver.addresses()[0], (2, "192.0.2.8"))

    def test_nothing_known_is_an_error(self):
        with self.assertRaisesRegex(OSError, "cannot resolve name.invalid"):
            Resolver("name.invalid", 1).addresses()


class Lock(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        place = lambda name: runfiles.place(folder.name, name)
        self.settings = types.SimpleNamespace(runDir=folder.name, run=place)
        make_folder(self.settings)

    def test_tells_whether_an_agent_runs(self):
        lock = hold_lock(self.settings)
        beat_lock(lock)
        self.assertTrue(agent_runs(self.settings))
        os.close(lock)
        self.assertFalse(agent_runs(self.settings))

    def test_is_for_no_other_user(self):
        os.close(hold_lock(self.settings))
        self.assertEqual(os.stat(self.settings.run("agent.lock")).st_mode & 0o777, 0o600)

    def test_of_what_writes_nothing_is_no_agent(self):
        lock = hold_lock(self.settings)
        self.assertFalse(agent_runs(self.settings))
        beat_lock(lock)
        with mock.patch.object(clock, "now", lambda: time.monotonic() + SILENT_SECONDS + 1):
            self.assertFalse(agent_runs(self.settings))
        os.close(lock)

    def test_of_the_folder_stops_no_agent(self):
        folder = os.open(self.settings.runDir, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        os.close(hold_lock(self.settings))
        os.close(folder)

    def test_in_a_link_is_not_taken(self):
        os.symlink(self.settings.run("elsewhere"), self.settings.run("agent.lock"))
        with self.assertRaises(OSError):
            hold_lock(self.settings)


if __name__ == "__main__":
    unittest.main()
