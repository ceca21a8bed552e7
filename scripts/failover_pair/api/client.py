"""The requests that a pair sends to the API."""

from __future__ import annotations

import collections
import contextlib
import json
import ssl

from failover_pair import clock, shapes, wire
from failover_pair.api import documents
from failover_pair.api.connection import Channel
from failover_pair.api.documents import Member
from failover_pair.api.errors import ApiError, cause_of, read_as, retry_after
from failover_pair.api.readings import READING_SECONDS, Reading
from failover_pair.api.token import Token
from failover_pair.journal import scrub
from failover_pair.systemd import notify_systemd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

    from failover_pair.api.documents import Server
    from failover_pair.api.token import TokenSource
    from failover_pair.config import Config


MOST_REQUESTS, RACE_SECONDS = 400, 20.0  # a claim takes about 15 of them, and 1 to 3 s
LISTING_SECONDS = 15.0  # for all pages of a list: the peer takes an agent that is silent for 20 s for dead


class Api:
    """What of the Hetzner Cloud API a pair needs. Each method is one request and raises ApiError."""

    def __init__(self, config: Config, token: TokenSource, channel: Channel, side: Channel | None = None) -> None:
        """side: another channel, for a request at the same time."""
        self.config, self.token, self.channel, self.side = config, token, channel, side
        self.requests, self.latency = 0, 0.05
        self.limit: int | None = None
        self.left: int | None = None
        self.no_members = False
        self.sent: collections.deque[float] = collections.deque(maxlen=MOST_REQUESTS)
        self.token_valid: bool | None = None
        self.read_only = False
        self.forget_token()

    def forget_token(self) -> None:
        """Another token: nothing is known of it."""
        self.token_valid, self.read_only = None, False

    def must_not_race(self) -> None:
        """Whatever the answers are, the project's quota is not used up in a loop, and systemd is not told that such a
        loop is alive."""
        if len(self.sent) == MOST_REQUESTS and clock.now() - self.sent[0] < RACE_SECONDS:
            text = "this agent has sent %d requests within %d s, and waits"
            raise ApiError("rate-limit", text % (MOST_REQUESTS, RACE_SECONDS), 1.0)
        self.sent.append(clock.now())

    def headers(self) -> dict[str, str]:
        headers = {"Host": self.channel.url.netloc, "User-Agent": "alias-switch/1", "Accept": "application/json"}
        headers["Authorization"] = "Bearer " + self.token.get()
        return headers

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = self.headers()
        text = None if body is None else json.dumps(body)
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.must_not_race()
        notify_systemd("WATCHDOG=1")
        self.requests += 1
        what, began = "%s %s" % (method, path), clock.now()
        try:
            status, answer, data = self.channel.request(method, path, text, headers)
        except ssl.SSLCertVerificationError as error:
            raise ApiError(
                "certificate", "%s: certificate: %s" % (what, getattr(error, "verify_message", error))
            ) from None
        except wire.Garbled as error:
            raise ApiError("garbled", "%s: %s" % (what, error)) from None
        except (OSError, ValueError) as error:  # the latter for a name that cannot be one
            raise ApiError("network", scrub("%s: %s" % (what, str(error) or type(error).__name__))) from None
        self.latency += (clock.now() - began - self.latency) / 2
        return self.understand(what, status, answer, data)

    def understand(self, what: str, status: int, answer: wire.Headers, data: bytes) -> dict[str, Any]:
        """The document of an answer; raises ApiError for a refusal."""
        remaining = shapes.digits(answer.get("RateLimit-Remaining"))
        if remaining is not None:  # a proxy's own error tells nothing of it
            self.limit, self.left = shapes.digits(answer.get("RateLimit-Limit")), remaining
        if not 200 <= status < 300:
            raise self.refused(what, status, answer, data)
        try:
            document = shapes.mapping(shapes.document(data or "{}"))
        except shapes.Odd as odd:
            raise ApiError("garbled", "%s: %d %s" % (what, status, odd)) from None
        if not what.startswith("GET ") or not self.read_only:
            self.token_valid, self.read_only = True, False
        return document

    def refused(self, what: str, status: int, answer: wire.Headers, data: bytes) -> ApiError:
        try:
            error = documents.refusal(shapes.document(data))
        except shapes.Odd:
            error = {"code": None, "message": "without JSON"}
        cause = cause_of(status, error["code"])
        if cause in ("token-refused", "token-read-only"):
            self.token_valid, self.read_only = False, cause == "token-read-only"
        text = "%s: %d %s (%s)" % (what, status, error["message"] or "without a message", error["code"] or "no code")
        return ApiError(cause, scrub(text), retry_after(answer) if cause == "rate-limit" else None)

    def server(self, server_id: int) -> Server:
        return self.server_in(self.call("GET", "/servers/%d" % server_id), server_id)

    def server_in(self, document: dict[str, Any], server_id: int) -> Server:
        """The server that was asked for: an answer to another question is none."""
        with read_as("server %d" % server_id):
            found = documents.server(shapes.field(document, "server", shapes.mapping), self.config.networkId)
            if found.id != server_id:
                raise shapes.Odd("server %d" % found.id)
            return found

    def two_servers(self, one: int, other: int) -> tuple[Reading, Reading]:
        """Two readings in the time of one: the second question is sent first, and its answer is read last. Only on a
        side channel that is open: opening it would take longer than asking one after the other."""
        what, path = "GET /servers/%d" % other, "/servers/%d" % other
        asked: Channel | None = None
        if self.side is not None and self.side.socket:
            with contextlib.suppress(OSError, ValueError):
                self.side.begin("GET", path, None, self.headers())
                asked = self.side
                self.requests += 1
        try:
            first = Reading(self.server(one), clock.now())
        except BaseException:
            if asked:
                asked.close()  # its answer belongs to nothing any more
            raise
        if asked:
            wait = max(0.3, 4 * self.latency)  # then the first channel is asked, which has just answered
            with contextlib.suppress(OSError, ValueError):
                return first, Reading(self.server_in(self.understand(what, *asked.end(wait)), other), clock.now())
        return first, Reading(self.server(other), clock.now())

    def server_at(self, address: str) -> Server | None:
        """The server that has this address in the network; None if there is none. A rebuilt server may have another
        id."""
        member = next((one for one in self.members() if one.address == address and one.type == "server"), None)
        return member and (member.server or self.server(member.id))

    def members(self) -> list[Member]:
        """What is attached to the network. One request; where the API does not have it, every server of the project is
        listed."""
        if not self.no_members:
            try:
                return self.pages("/networks/%d/members" % self.config.networkId, "members", documents.member)
            except ApiError as error:
                if error.cause != "not-found":
                    raise
                self.no_members = True
        servers = self.pages("/servers", "servers", lambda one: documents.server(one, self.config.networkId))
        return [Member("server", one.id, one.address, one.aliases, one) for one in servers if one.address]

    def pages(self, path: str, name: str, kind: Callable[[dict[str, Any]], T]) -> list[T]:
        found: list[T] = []
        page: int | None = 1
        until = clock.now() + LISTING_SECONDS
        while page:
            if clock.now() > until:
                raise ApiError("network", "GET %s: the list is not whole after %d s" % (path, LISTING_SECONDS))
            document = self.call("GET", "%s?per_page=50&page=%d" % (path, page))
            with read_as("a list of %s" % name):
                entries, page = documents.page(document, name, page)
                found += [kind(one) for one in entries]
        return found

    def take_aliases(self, owner: Server, unwanted: list[str], own: Reading, peer: Reading | None) -> dict[str, Any]:
        """The only request that takes an alias from a server. Nothing is taken before it can be put elsewhere: own and
        peer are readings of both servers of the pair, peer None if there is no such server."""
        # of two that are asked one after the other, the first is one round trip old: a slow API must not outdate it for
        # ever
        most = max(READING_SECONDS, 2 * self.latency)
        for reading in (own, peer):
            if reading is not None:
                reading.must_be_changeable(most)
        if owner not in (own.server, peer and peer.server):
            raise ApiError("stale", "server %s was not read" % owner.name)
        return self.change_aliases(owner.id, [alias for alias in owner.aliases if alias not in unwanted])

    def add_aliases(self, me: Server, wanted: list[str]) -> dict[str, Any]:
        return self.change_aliases(me.id, me.aliases + [one for one in wanted if one not in me.aliases])

    def change_aliases(self, server_id: int, aliases: list[str]) -> dict[str, Any]:
        """For take_aliases and add_aliases only."""
        body = {"network": self.config.networkId, "alias_ips": aliases}
        with read_as("an action"):
            return documents.action(self.call("POST", "/servers/%d/actions/change_alias_ips" % server_id, body))

    def must_write(self) -> None:
        """Raises ApiError for a token that is known to be read-only and has not changed its mind: the server is given
        the name that it has."""
        if self.read_only:
            me = self.server(self.config.serverId)
            self.call("PUT", "/servers/%d" % me.id, {"name": me.name})

    def action(self, action_id: int) -> dict[str, Any]:
        with read_as("action %d" % action_id):
            found = documents.action(self.call("GET", "/actions/%d" % action_id))
            if found["id"] != action_id:
                raise shapes.Odd("action %d" % found["id"])
            return found


def new_api(config: Config, token: TokenSource | None = None) -> Api:
    if token is None:
        token = Token(config.tokenFile)
    return Api(config, token, Channel(config))
