"""A model of the cloud's API and of its metadata service, as reference documents and the local cloud have them.

An accepted change is an action that takes effect when it ends. While one runs on a server, that server is `locked`. An
alias that another server has, or gives up by an action that still runs, is refused. A change replaces the whole list.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sim.scheduler import Scheduler

NETWORK = 7
MOST_ALIASES = 5
QUOTA = 3600


class Change(NamedTuple):
    """A change of a server's aliases that the API accepted."""

    at: float
    sent_at: float
    by: str  # a node's name, "operator"
    server: Server
    before: list[str]
    wanted: list[str]


class Action:
    def __init__(self, number: int, since: float, ends: float) -> None:
        self.number, self.since, self.ends = number, since, ends
        self.status, self.error = "running", False

    def document(self, now: float) -> dict[str, Any]:
        whole = max(0.001, self.ends - self.since)
        progress = 100 if self.status != "running" else int(min(99.0, (now - self.since) / whole * 100))
        found: dict[str, Any] = {"id": self.number, "status": self.status, "progress": progress, "error": None}
        if self.status == "error":
            found["error"] = {"code": "action_failed", "message": "the action failed"}
        return {"action": found}


class Server:
    def __init__(self, number: int, name: str, address: str) -> None:
        self.number, self.name, self.address = number, name, address
        self.status = "running"
        self.aliases: list[str] = []
        self.history: list[tuple[float, list[str]]] = [(-1e9, [])]
        self.action: Action | None = None
        self.locks = 0  # of others: backups, snapshots
        self.locked_since: float | None = None  # by others
        self.full_since: float | None = None
        self.incoming: list[str] = []  # what its running action adds

    @property
    def locked(self) -> bool:
        return self.locks > 0 or self.action is not None

    def lock(self, now: float, more: int) -> None:
        self.locks += more
        self.locked_since = (now if self.locked_since is None else self.locked_since) if self.locks else None

    def set_aliases(self, now: float, aliases: list[str]) -> None:
        self.aliases = list(aliases)
        self.history = [*self.history[-7:], (now, self.aliases)]

    def aliases_at(self, time: float) -> list[str]:
        return next((found for at, found in reversed(self.history) if at <= time), self.history[0][1])

    def document(self, time: float) -> dict[str, Any]:
        nets = [{"network": NETWORK, "ip": self.address, "alias_ips": self.aliases_at(time)}]
        found = {"id": self.number, "name": self.name, "status": self.status, "locked": self.locked}
        return {**found, "private_net": nets}


class Refusal(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Cloud:
    def __init__(self, scheduler: Scheduler, chance: random.Random) -> None:
        self.scheduler, self.chance = scheduler, chance
        self.servers: dict[int, Server] = {}
        self.actions: dict[int, Action] = {}
        self.numbers = itertools.count(1000)
        self.latency = (0.02, 0.08)  # one way
        self.duration = (0.4, 1.2)
        self.read_lag = 0.0
        self.refusal_code = "ip_not_available"
        self.has_members = True
        # probabilities, which faults raise
        self.fail_action = self.hang_action = self.lose_answer = self.lose_request = self.server_error = 0.0
        self.rate_limit = 0.0
        self.metadata_lag, self.metadata_silent = 0.3, {"a": 0, "b": 0}
        self.unreachable = {"a": 0, "b": 0}
        self.left, self.left_at = float(QUOTA), 0.0
        self.requests = {"a": 0, "b": 0, "operator": 0}
        self.changes = 0
        self.watch: Callable[[Change], None] = lambda change: None
        self.changed: Callable[[Server, str], None] = lambda server, by: None

    @property
    def now(self) -> float:
        return self.scheduler.now

    def add(self, number: int, name: str, address: str) -> Server:
        self.servers[number] = Server(number, name, address)
        return self.servers[number]

    def holders(self, alias: str) -> list[Server]:
        return [one for one in self.servers.values() if alias in one.aliases]

    # -- the answer to a request

    def answer(self, by: str, sent_at: float, method: str, path: str, body: str | None) -> tuple[int, dict[str, Any]]:
        """(status, document) of a request that has arrived."""
        self.requests[by] += 1
        self.left = min(float(QUOTA), self.left + self.now - self.left_at) - 1
        self.left_at = self.now
        try:
            if self.left < 0:
                self.left = 0.0
                raise Refusal(429, "rate_limit_exceeded")
            if self.chance.random() < self.rate_limit:
                raise Refusal(429, "rate_limit_exceeded")
            if self.chance.random() < self.server_error:
                raise Refusal(self.chance.choice([500, 502, 503, 409]), "service_error")
            return (201 if method == "POST" else 200), self.route(by, sent_at, method, path, body)
        except Refusal as refusal:
            error = {"code": refusal.code, "message": "refused by the model"}
            return refusal.status, {"error": error}

    def route(self, by: str, sent_at: float, method: str, path: str, body: str | None) -> dict[str, Any]:
        words = path.partition("?")[0].strip("/").split("/")
        match method, words:
            case "GET", ["servers", number]:
                return {"server": self.server(number).document(self.now - self.read_lag)}
            case "GET", ["actions", number]:
                if int(number) not in self.actions:
                    raise Refusal(404, "not_found")
                return self.actions[int(number)].document(self.now)
            case "GET", ["networks", _, "members"] if self.has_members:
                return {"members": [self.member(one) for one in self.servers.values()], **self.one_page()}
            case "GET", ["servers"]:
                found = [one.document(self.now - self.read_lag) for one in self.servers.values()]
                return {"servers": found, **self.one_page()}
            case "POST", ["servers", number, "actions", "change_alias_ips"]:
                wanted = json.loads(body or "{}")["alias_ips"]
                action = self.change(self.server(number), wanted, by, sent_at)
                return action.document(self.now)
        raise Refusal(404, "not_found")

    @staticmethod
    def one_page() -> dict[str, Any]:
        return {"meta": {"pagination": {"next_page": None}}}

    def server(self, number: str) -> Server:
        if int(number) not in self.servers:
            raise Refusal(404, "not_found")
        return self.servers[int(number)]

    def member(self, one: Server) -> dict[str, Any]:
        aliases = one.aliases_at(self.now - self.read_lag)
        return {"type": "server", "id": one.number, "ip": one.address, "alias_ips": aliases, "status": "ok"}

    # -- changes

    def change(self, server: Server, wanted: list[str], by: str, sent_at: float) -> Action:
        if server.locked:
            raise Refusal(423, "locked")
        if len(wanted) > MOST_ALIASES:
            raise Refusal(422, "invalid_input")
        if any(self.is_taken(alias, server) for alias in wanted):
            raise Refusal(422, self.refusal_code)
        self.watch(Change(self.now, sent_at, by, server, list(server.aliases), list(wanted)))
        self.changes += 1
        seconds = self.chance.uniform(*self.duration)
        if self.chance.random() < self.hang_action:
            seconds += self.chance.uniform(5, 40)
        action = Action(next(self.numbers), self.now, self.now + seconds)
        action.error = self.chance.random() < self.fail_action
        self.actions[action.number] = action
        server.action, server.incoming = action, list(wanted)
        self.scheduler.after(seconds, lambda: self.end(server, action, wanted, by))
        return action

    def is_taken(self, alias: str, server: Server) -> bool:
        """By another server: as an alias, also one that is just being assigned, or as its own address."""
        others = [one for one in self.servers.values() if one is not server]
        return any(alias in (one.address, *one.aliases, *one.incoming) for one in others)

    def end(self, server: Server, action: Action, wanted: list[str], by: str) -> None:
        server.action, server.incoming = None, []
        action.status = "error" if action.error else "success"
        if not action.error:
            server.set_aliases(self.now, wanted)
            self.changed(server, by)

    # -- metadata

    def metadata(self, server: Server) -> str:
        aliases = ", ".join('"%s"' % one for one in server.aliases_at(self.now - self.metadata_lag))
        return "- ip: %s\n  alias_ips: [%s]\n  network_id: %d\n" % (server.address, aliases, NETWORK)
