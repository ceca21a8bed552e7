"""What the bridge and the guard share: they ask `ip`, `tc` and `nft`, write the kernel's switches, hear what it
changes, and say whether they do their work.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import subprocess

from failover_pair import readers, shapes
from failover_pair.journal import log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Settings = dict[str, Any]


LINKS, FILTERS, ADDRESSES, ROUTES, RULES, SWITCHES = 0x1, 0x8, 0x10, 0x40, 0x80, 1 << 23  # rtnetlink's groups, of IPv4
NETFILTER, NFT_GROUP = 12, 1 << 6
NFT_DELETED = {10 << 8 | kind for kind in (2, 5, 8)}  # nftables tells that a table, a chain or a rule is gone
# ip, tc or nft fails, or tells in another shape than this program knows
ODD = (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
SETTINGS = {
    "address": shapes.ipv4,
    "peerAddress": shapes.ipv4,
    "vips": shapes.list_of(shapes.ipv4, 100),
    "runDir": shapes.text,
}


class Problem(Exception):
    """Why something cannot be made at present."""


def run(*arguments: str, stdin: str | None = None) -> str:
    """What it prints. Raises Problem with its own words."""
    try:
        done = subprocess.run(
            arguments, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=10
        )
    except FileNotFoundError:
        raise Problem("%s is not installed" % arguments[0]) from None
    if done.returncode:
        raise Problem("%s: %s" % (" ".join(arguments), done.stderr.strip().replace("\n", " ") or done.returncode))
    return done.stdout


def ip(*arguments: str) -> list[dict[str, Any]]:
    """What `ip -json` tells, as a list; empty for a table or a device that is not there."""
    try:
        said = run("ip", "-json", *arguments)
    except Problem:
        return []
    # a device that has nothing to tell is an empty object to some versions
    return [shapes.mapping(one) for one in shapes.listing(shapes.output(said or "[]")) if one]


def addresses(link: dict[str, Any]) -> list[str]:
    return [one.get("local") for one in link.get("addr_info", [])]


def nic_with(address: str) -> dict[str, Any] | None:
    """The link that has the address, as `ip -json` tells it, or None."""
    return next((link for link in ip("-4", "address") if address in addresses(link)), None)


def inner(config: Settings) -> list[str]:
    """(this node's, the peer's) address in the tunnel: both ends agree without asking, by the order of their own
    ones."""
    ends = ["169.254.73.1", "169.254.73.2"]
    lower = tuple(map(int, config["address"].split("."))) < tuple(map(int, config["peerAddress"].split(".")))
    return ends if lower else ends[::-1]


def read_file(path: str) -> str | None:
    text = readers.read_text(path, links=True)
    return None if text is None else text.strip()


def write_file(path: str, text: str) -> None:
    """Atomically."""
    with open(path + ".new", "w") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(text)
    os.replace(path + ".new", path)


class Readiness:
    """What keeps a service from its work: a file for `alias-switch status`, and lines for the journal."""

    def __init__(self, path: str, broken: str, mended: str) -> None:
        """broken: the words before a problem in the journal. mended: the line when it is over."""
        self.path, self.broken, self.mended = path, broken, mended
        self.problem: str | None = None

    def tell(self, problem: str | None) -> None:
        """problem: None if there is none. A new one is logged, and that it is over."""
        if problem != self.problem:
            log("%s: %s" % (self.broken, problem) if problem else self.mended, 4 if problem else 6)
        self.problem = problem
        state = json.dumps({"ready": problem is None, "problem": problem})
        if read_file(self.path) != state:
            with contextlib.suppress(OSError):  # a full disk must not end the service
                write_file(self.path, state)


def set_kernel(name: str, value: str) -> None:
    path = "/proc/sys/net/ipv4/" + name
    if read_file(path) != value:
        with open(path, "w") as file:
            file.write(value)


def table_is(name: str, mark: str) -> bool:
    """Whether nftables has this table, with this comment."""
    try:
        return 'comment "%s"' % mark in run("nft", "list", "table", "ip", name)
    except Problem:
        return False


def load_table(name: str, text: str) -> None:
    """In the place of what there was of it, in one step."""
    run("nft", "-f", "-", stdin="table ip %s\ndelete table ip %s\n%s" % (name, name, text))


def remove_table(name: str) -> None:
    load_table(name, "")


def events(family: int, groups: int) -> socket.socket:
    listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, family)
    listener.bind((0, groups))
    return listener


def drain(listener: socket.socket) -> set[int | None]:
    """The kinds of the messages that have come; None among them if some were lost."""
    kinds: set[int | None] = set()
    while True:
        try:
            data = listener.recv(65536)
        except BlockingIOError:
            return kinds
        except OSError:
            kinds.add(None)
            continue
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            kinds.add(kind)
            data = data[max(16, length + 3 & ~3) :]


def notify_ready() -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(b"READY=1", "\0" + address[1:] if address[0] == "@" else address)
