"""The connection to the API: opened ahead of time, kept alive, on time or failed."""

from __future__ import annotations

import errno
import os
import select
import socket
import ssl
import threading
import urllib.parse

from failover_pair import clock, wire

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable

    from failover_pair.config import Config

Address = tuple[int, str]  # family and address
Answer = tuple[int, wire.Headers, bytes]

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0


class Resolver:
    """Names resolved ahead of time, in a thread of its own because the C library cannot be hurried; the last good
    addresses serve on when DNS is gone, which in a failover may well be."""

    def __init__(self, host: str, port: int, remembered: Iterable[Address] = ()) -> None:
        self.host, self.port = host, port
        self.known: list[Address] = [(family, address) for family, address in remembered]
        self.asked, self.first = threading.Event(), threading.Event()
        if self.known:
            self.first.set()
        threading.Thread(target=self.work, daemon=True).start()

    def work(self) -> None:
        while True:
            self.asked.clear()
            try:
                found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
                fresh: list[Address] = [(family, str(address[0])) for family, _, _, _, address in found]
                # what worked last stays in front
                kept = [one for one in self.known if one in fresh]
                self.known = kept + [one for one in fresh if one not in kept]
            except (OSError, UnicodeError):  # the latter for what cannot be a name
                pass
            self.first.set()
            self.asked.wait(300)

    def addresses(self) -> list[Address]:
        self.first.wait(CONNECT_SECONDS)
        if not self.known:
            raise OSError("cannot resolve %s" % self.host)
        return list(self.known)

    def worked(self, address: Address) -> None:
        self.known = [address] + [one for one in self.known if one != address]


def race(
    addresses: list[Address], port: int, seconds: float = CONNECT_SECONDS, stagger: float = 0.2
) -> tuple[socket.socket, Address]:
    """The first address that connects wins; the next one starts when one fails or after a moment (as in RFC 8305)."""
    waiting, open_sockets = list(addresses), dict[socket.socket, Address]()
    failure: OSError = TimeoutError("connecting timed out")
    deadline, next_start = clock.now() + seconds, clock.now()

    def failed(address: Address, code: int) -> OSError:
        return OSError(code, "%s: %s" % (address[1], os.strerror(code)))

    try:
        while clock.now() < deadline and (waiting or open_sockets):
            if waiting and (clock.now() >= next_start or not open_sockets):
                address, next_start = waiting.pop(0), clock.now() + stagger
                try:
                    attempt = socket.socket(address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
                except OSError as error:  # a kernel without IPv6
                    failure = error
                    continue
                open_sockets[attempt] = address
                code = attempt.connect_ex((address[1], port))
                if code not in (0, errno.EINPROGRESS):  # told at once and only once: no route there
                    failure, next_start = failed(open_sockets.pop(attempt), code), clock.now()
                    attempt.close()
                    continue
            until = min(deadline, next_start) if waiting else deadline
            _, ready, _ = select.select([], list(open_sockets), [], max(0, until - clock.now()))
            for attempt in ready:
                address, code = open_sockets.pop(attempt), attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    return attempt, address
                failure, next_start = failed(address, code), clock.now()
                attempt.close()
        raise failure
    finally:
        for attempt in open_sockets:
            attempt.close()


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """The same checks on every image. Python 3.13 (Debian 13) refuses certificates whose form RFC 5280 does not allow,
    and takes an intermediate one as the root; older versions do neither. So an apiCa could work on one node and not on
    the other one after a change of the image. Signatures, names and dates are checked either way."""
    context = ssl.create_default_context(cafile=ca_file)
    context.verify_flags = ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


class Channel:
    """One kept-alive connection to the API, opened before it is needed and again as soon as the server closes it."""

    def __init__(self, config: Config, remembered: Iterable[Address] = (), resolver: Resolver | None = None) -> None:
        self.url = urllib.parse.urlsplit(config.endpoint)
        self.tls = tls_context(config.caFile) if self.url.scheme == "https" else None
        self.name = self.url.hostname or ""
        self.port = self.url.port or (443 if self.tls else 80)
        proxy = urllib.parse.urlsplit(config.proxy) if config.proxy else None
        self.via = (proxy.hostname or "", proxy.port or 3128) if proxy else None
        self.resolver = resolver or Resolver(*(self.via or (self.name, self.port)), remembered=remembered)
        self.socket: socket.socket | None = None
        self.used, self.next_warm, self.pause = False, 0.0, 0.0

    def open(self) -> socket.socket:
        self.close()
        try:
            raw, address = race(self.resolver.addresses(), self.resolver.port)
        except OSError:
            self.resolver.asked.set()
            raise
        try:
            raw.settimeout(ANSWER_SECONDS)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            # a path that swallows packets is noticed while nothing is at stake, and after 3 s when something is
            for option, value in ((socket.TCP_KEEPIDLE, 15), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 2)):
                raw.setsockopt(socket.IPPROTO_TCP, option, value)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3000)
            until = clock.now() + ANSWER_SECONDS
            if self.via:
                self.tunnel(raw, until)
            if self.tls:
                raw.settimeout(max(0.001, until - clock.now()))  # for the whole handshake
                raw = self.tls.wrap_socket(raw, server_hostname=self.name)
        except BaseException:
            raw.close()
            raise
        self.resolver.worked(address)
        self.socket, self.used = raw, False
        return raw

    def tunnel(self, raw: socket.socket, until: float) -> None:
        target = "%s:%d" % ("[%s]" % self.name if ":" in self.name else self.name, self.port)
        raw.sendall(wire.request("CONNECT", target, {"Host": target}))
        status, _, _, clean = wire.read_answer(raw, until, tunnel=True)
        if status != 200:
            raise OSError("the proxy refused: status %d" % status)
        if not clean:
            raise OSError("the proxy sent more than its answer, or closes the connection")

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None

    def keep_warm(self) -> None:
        """Opens the connection if there is none; more and more rarely while that fails or the server closes at once."""
        if self.socket or clock.now() < self.next_warm:
            return
        self.pause = min(30.0, max(1.0, self.pause * 2)) if clock.now() - self.next_warm < 60 else 1.0
        try:
            self.open()
        except (OSError, ValueError):
            self.close()
        self.next_warm = clock.now() + self.pause

    def check_idle(self) -> None:
        """Something arrived without a request: a TLS session ticket, or the end of the connection."""
        sock = self.socket
        if sock is None:
            return
        try:
            sock.settimeout(0)
            sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError:
            pass
        self.close()

    def request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        """(status, headers, body). A kept connection may be closed by the server in the moment it is used again: then a
        read is repeated at once. A change is not: it may have arrived, so its caller reads again and starts over."""
        stale = self.used and self.socket is not None and method == "GET"
        try:
            return self.send(method, path, body, headers)
        except (ConnectionError, ssl.SSLEOFError):
            if not stale:
                raise
            return self.send(method, path, body, headers)

    def send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        self.begin(method, path, body, headers)
        return self.end()

    def begin(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> None:
        """Sends a request whose answer `end` reads."""
        try:
            data = wire.request(method, self.url.path.rstrip("/") + path, headers, body)
            opened = self.socket or self.open()
            opened.settimeout(ANSWER_SECONDS)
            opened.sendall(data)
        except BaseException:
            self.close()
            raise

    def end(self, seconds: float | None = None) -> Answer:
        """(status, headers, body), whole within so many seconds."""
        if self.socket is None:
            raise OSError("there is no connection")
        try:
            status, headers, body, stays = wire.read_answer(self.socket, clock.now() + (seconds or ANSWER_SECONDS))
        except BaseException:
            self.close()
            raise
        self.used = True
        if not stays:
            self.close()
        return status, headers, body
