"""The journey: a question that travels as a client's packet does, to prove that the peer carries.

The agent connects to a stand-in address of each virtual IP. The bridge's rules (bridge/rules.py) give the packet the
virtual IP as destination when it leaves the NIC, so the cloud brings it to the holder. From there it goes the way of a
client's packet: the holder's forwarding, the tunnel, whatever serves on this node, and back. Only an answer that
passed this node's own service is let through. The service sees a SYN and a reset, so it never accepts a connection.

Eight counters on the two nodes tell where a journey ends. Nothing here needs a capability.
"""

from __future__ import annotations

import errno
import ipaddress
import itertools
import os
import random
import select
import socket
import struct

from failover_pair import clock

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable

Question = tuple[str, int, str]  # virtual IP, port, protocol
Failure = tuple[Question, str]  # and its outcome
Counters = dict[str, int]
Stage = tuple[str, str, str, tuple[str, ...]]

PAIR_PORT = 24788  # TCP; refused out of the tunnel, at a virtual IP: asked when no port of the service is known
ECHO_PORT = 24787  # UDP; the agent itself answers there, out of the tunnel
# source ports: the holder knows a question by them, and whether a MASTER asks or, while the holder serves, its BACKUP
REAL_PORTS, PEACE_PORTS = (24256, 24511), (24512, 24767)
STAND_INS = "169.254.73.8/29"
MOST_PORTS = 16
SERVED, REFUSED, SILENT = "answered", "refused", "silent"


def stand_in(index: int) -> str:
    """What the node that asks connects to in place of its pair's virtual IP number `index`."""
    return str(ipaddress.IPv4Network(STAND_INS)[index])


def parse_port(text: object) -> tuple[int, str] | None:
    """(number, protocol) of "80/tcp", or None."""
    number, _, protocol = str(text).partition("/")
    good = (
        number.isdecimal()
        and number.isascii()
        and len(number) <= 5
        and 1 <= int(number) <= 65535
        and protocol in ("tcp", "udp")
    )
    return (int(number), protocol) if good else None


def questions(ports: Iterable[str]) -> list[tuple[int, str]]:
    """The (port, protocol) to ask. UDP is asked by the pair's own port, as no answer is due from a service of
    others."""
    found = sorted({parsed for parsed in map(parse_port, ports) if parsed})
    tcp = [(number, protocol) for number, protocol in found if protocol == "tcp"][:MOST_PORTS]
    udp = [(ECHO_PORT, "udp")] if len(tcp) < len(found) and any(protocol == "udp" for _, protocol in found) else []
    return (tcp or [(PAIR_PORT, "tcp")] * (not udp)) + udp


# ---- a round of questions --------------------------------------------------------------------------------------------


class Round:
    """All questions of one moment, from one source port: one for each virtual IP and port."""

    def __init__(self, address: str, vips: list[str], asked: list[tuple[int, str]], source: int) -> None:
        self.open: dict[socket.socket, Question] = {}
        self.outcomes: dict[Question, str] = {}
        for index in range(len(vips)):
            for port, protocol in asked:
                self.send((vips[index], port, protocol), address, stand_in(index), source)

    def send(self, what: Question, address: str, to: str, source: int) -> None:
        _, port, protocol = what
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        question = socket.socket(socket.AF_INET, kind | socket.SOCK_NONBLOCK)
        try:
            question.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if protocol == "tcp":  # closing resets: nothing is left behind here, and the service forgets it at once
                question.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            question.bind((address, source))
            code = question.connect_ex((to, port))
            if protocol == "udp":
                question.send(b"journey")
            elif code not in (0, errno.EINPROGRESS):
                raise OSError(code, os.strerror(code))
        except OSError:
            question.close()
            self.outcomes[what] = SILENT
            return
        self.open[question] = what

    def collect(self, until: float) -> None:
        """Waits for answers, at the most until then."""
        while self.open:
            reading = [one for one, what in self.open.items() if what[2] == "udp"]
            writing = [one for one, what in self.open.items() if what[2] == "tcp"]
            ready = select.select(reading, writing, [], max(0.0, until - clock.now()))
            if not any(ready):
                return
            for question in ready[0] + ready[1]:
                what = self.open.pop(question)
                self.outcomes[what] = outcome(question, what)
                question.close()

    def close(self) -> None:
        for question, what in self.open.items():
            question.close()
            self.outcomes[what] = SILENT
        self.open = {}

    def failed(self) -> list[Failure]:
        """[((vip, port, protocol), outcome)] of what got no good answer."""
        return [(what, found) for what, found in self.outcomes.items() if found != SERVED]


def outcome(question: socket.socket, what: Question) -> str:
    try:
        if what[2] == "udp":
            return SERVED if question.recv(64) == b"journey" else SILENT
        code = question.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except OSError:
        return SILENT
    if code == errno.ECONNREFUSED:
        return SERVED if what[1] == PAIR_PORT else REFUSED
    return SILENT if code else SERVED


class Sources:
    """One source port after the other: a firewall's memory of an old question must not answer for a new one."""

    def __init__(self) -> None:
        self.at = {ports: random.randint(*ports) for ports in (REAL_PORTS, PEACE_PORTS)}

    def next(self, ports: tuple[int, int]) -> int:
        self.at[ports] = ports[0] if self.at[ports] >= ports[1] else self.at[ports] + 1
        return self.at[ports]


# ---- where a journey ends --------------------------------------------------------------------------------------------

# counter, which node has it, and the place before it; {me} asks, {peer} is the holder
STAGES = (
    ("asked", "me", "on {me} before its NIC", ("output", "postrouting")),
    ("in_nic", "peer", "between the NICs of {me} and {peer}", ()),
    ("in_tunnel", "peer", "on {peer} between its NIC and the tunnel", ("prerouting", "forward", "postrouting")),
    ("arrived", "me", "in the tunnel from {peer} to {me}", ("input",)),
    (
        "served",
        "me",
        "on {me} between the tunnel and the service",
        ("prerouting", "input", "forward", "output", "postrouting"),
    ),
    ("out_tunnel", "peer", "in the tunnel from {me} back to {peer}", ("input",)),
    (
        "out_nic",
        "peer",
        "on {peer} between the tunnel and its NIC, on the way back",
        ("prerouting", "forward", "postrouting"),
    ),
    ("answered", "me", "between the NICs of {peer} and {me}, on the way back", ("prerouting", "input")),
)
COUNTERS = tuple(name for name, _, _, _ in STAGES)


def difference(before: Counters | None, after: Counters | None) -> Counters | None:
    """How far the counters went on; None if that cannot be told, as they were made anew in between."""
    if not before or not after or set(before) != set(after):
        return None
    gone = {name: after[name] - before[name] for name in after}
    return None if min(gone.values()) < 0 else gone


def made_anew(mine: Counters, theirs: Counters) -> set[str]:
    """Whose table was made anew in between, perhaps with its counters from 0 to 0: "me", "peer". A counter of that
    node stood still although the next one on the way went on."""
    counts = [((mine if whose == "me" else theirs)[name], whose) for name, whose, _, _ in STAGES]
    return {whose for (earlier, whose), (later, _) in itertools.pairwise(counts) if later and not earlier}


def place(mine: Counters | None, theirs: Counters | None) -> Stage | None:
    """The stage that the journey did not reach, as an entry of STAGES; None if it reached all that are known. mine,
    theirs: how far the counters of this node and of the peer went on; None for what is not known."""
    if mine is None or not mine.get("asked"):
        return STAGES[0] if mine is not None else None
    last = mine["asked"]
    for stage in STAGES[1:]:
        counts = mine if stage[1] == "me" else theirs
        if counts is None:
            continue
        if counts.get(stage[0], 0) < last:
            return stage
        last = counts[stage[0]]
    return None


def port_text(what: Question) -> str:
    return "UDP" if what[2] == "udp" else "%d/%s" % what[1:] if what[1] != PAIR_PORT else "any port"


def story(
    failed: list[Failure],
    mine: Counters | None,
    theirs: Counters | None,
    me: str,
    peer: str,
    suspects: dict[str, dict[str, list[str]]] | None = None,
) -> str:
    """One sentence: what was asked and where its journey ended. suspects: node's name → {hook: [text]}."""
    if mine is not None and theirs is not None:
        anew = made_anew(mine, theirs)
        mine, theirs = None if "me" in anew else mine, None if "peer" in anew else theirs
    what, found = failed[0]
    about = "%s (%s)" % (what[0], port_text(what))
    if found == REFUSED and (mine is None or place(mine, theirs) is None):
        return "the service on %s refuses %s" % (me, about)
    if mine is not None and theirs is None and place(mine, None) == STAGES[3]:
        return "%s: the journey ends on %s or on the way to it" % (about, peer)
    stage = place(mine, theirs)
    if stage is None:
        return "%s: no answer; where the journey ends is not known" % about
    text = "%s: the journey ends %s" % (about, stage[2].format(me=me, peer=peer))
    node = me if "on {me}" in stage[2] or stage[0] in ("arrived", "answered") else peer
    hints = [hint for hook in stage[3] for hint in ((suspects or {}).get(node) or {}).get(hook, [])]
    return "%s (%s)" % (text, "; ".join(dict.fromkeys(hints[:3]))) if hints else text
