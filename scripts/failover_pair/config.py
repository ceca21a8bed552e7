"""config.json as a checked value."""

from __future__ import annotations

import urllib.parse

from failover_pair import journey, readers, runfiles, shapes
from failover_pair.journal import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, ClassVar

CONFIG = "/etc/failover-pair/config.json"


class ConfigError(Exception):
    pass


FOLLOW = ("afterGrace", "immediately", "ifUnreachable")


def url_of(*schemes: str) -> Callable[[object], str]:
    def read(value: Any) -> str:
        try:
            url = urllib.parse.urlsplit(shapes.text(value))
            good = url.scheme in schemes and url.hostname and url.port != 0
        except ValueError:
            good = False
        if not good:
            raise shapes.Odd("not a URL with %s" % " or ".join(schemes))
        return str(value)

    return read


def vips_of(value: Any) -> list[str]:
    if not shapes.listing(value):
        raise shapes.Odd("empty")
    return shapes.list_of(shapes.ipv4, 100)(value)


def port_of(value: Any) -> str:
    if type(value) is not str or not journey.parse_port(value):
        raise shapes.Odd('not a list such as ["80/tcp", "53/udp"]')
    return value


class Config:
    """config.json, checked whole: every problem is reported at once. What a newer version has besides is left out."""

    DEFAULTS: ClassVar[dict[str, Any]] = {
        "caFile": None,
        "proxy": None,
        "metadata": "http://169.254.169.254/hetzner/v1/metadata",
        "service": None,
        "verifySeconds": 30,
        "runDir": "/run/failover-pair",
        "tokenFile": "/etc/failover-pair/token",
        "keepalivedConf": "/etc/keepalived/keepalived.conf",
        "bridge": None,
        "ports": None,
    }
    BRIDGE: ClassVar[shapes.Kinds] = {
        "follow": shapes.one_of(*FOLLOW),
        "graceSeconds": shapes.number,
        "interval": shapes.number,
    }
    KINDS: ClassVar[shapes.Kinds] = {
        "pair": shapes.text,
        "node": shapes.text,
        "serverId": shapes.whole,
        "networkId": shapes.whole,
        "address": shapes.ipv4,
        "peerAddress": shapes.ipv4,
        "vips": vips_of,
        "endpoint": url_of("http", "https"),
        "caFile": shapes.optional(shapes.text),
        "proxy": shapes.optional(url_of("http")),
        "metadata": url_of("http"),
        "service": shapes.optional(shapes.text),
        "verifySeconds": shapes.number,
        "runDir": shapes.text,
        "tokenFile": shapes.text,
        "keepalivedConf": shapes.text,
        "bridge": shapes.optional(readers.of(**BRIDGE)),
        "ports": shapes.optional(shapes.list_of(port_of)),
    }

    pair: str
    node: str
    serverId: int
    networkId: int
    address: str
    peerAddress: str
    vips: list[str]
    endpoint: str
    caFile: str | None
    proxy: str | None
    metadata: str
    service: str | None
    verifySeconds: float
    runDir: str
    tokenFile: str
    keepalivedConf: str
    bridge: dict[str, Any] | None
    ports: list[str] | None

    def __init__(self, path: str) -> None:
        try:
            values = shapes.mapping(shapes.document(readers.read_bytes(path, links=True)))
        except (OSError, shapes.Odd) as error:
            raise ConfigError("%s: %s" % (path, error)) from None
        values = {**self.DEFAULTS, **values}
        problems = self.problems(values)
        if problems:
            raise ConfigError("%s: %s" % (path, "; ".join(problems)))
        self.__dict__.update((name, values[name]) for name in self.KINDS)
        self.path = path

    @classmethod
    def problems(cls, values: dict[str, Any]) -> list[str]:
        found = []
        for name, kind in cls.KINDS.items():
            if name not in values:
                found.append("%s is missing" % name)
                continue
            try:
                kind(values[name])
            except shapes.Odd as odd:
                found.append("%s %s is %s" % (name, safe(repr(values[name]), 200), odd))
        return found

    def run(self, name: str) -> str:
        return runfiles.place(self.runDir, name)

    def ours(self, aliases: Iterable[str]) -> list[str]:
        return [vip for vip in self.vips if vip in aliases]

    def complete(self, aliases: Iterable[str]) -> bool:
        return len(self.ours(aliases)) == len(self.vips)

    @property
    def what(self) -> str:
        return ", ".join(self.vips)
