"""What the agent's decisions ask for, one at a time, besides what a claim asks for (claim_commands.py). Values only."""

from __future__ import annotations

from enum import Enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, NamedTuple, TypeVar

    from failover_pair.api.readings import Reading
    from failover_pair.claim_commands import Command as ClaimCommand
    from failover_pair.policy import Question

    T = TypeVar("T")
else:
    from failover_pair.records import NamedTuple


class Do(Enum):
    """Commands without values."""

    PUBLISH = "agent.json and metrics.prom are written"
    BEAT = "a datagram to the peer, whether there is anything new or not"
    HEAR = "what the peer has said is taken in"
    AWAIT_DEMOTION = "keepalived leaves MASTER. Answer: whether it has in half a second"
    IS_MASTER = "Answer: whether the VIP is on the NIC"
    SYSTEM_STOPS = "Answer: whether this server shuts down"
    READ_METADATA = "Answer: this server's aliases by the metadata service, or None"
    LOOK_AROUND = "Answer: Surroundings"
    ASK = "a question begins its journey through the peer"
    FORGET = "that question's answer does not matter any more"
    FAILED_OVER = "the reason why the peer did not carry is found out"
    CARRIES = "the peer carries: an earlier reason does not count any more"
    ASK_IN_PEACE = "the next step of the question in peace. Answer: whether there is news"
    CONCLUDE = "the counters of the two nodes are not waited for any longer"


class Log(NamedTuple):
    text: str
    level: int = 6


class Say(NamedTuple):
    """What holds from now on is told to the peer, at once if it is new."""

    facts: dict[str, Any]


class Promoted(NamedTuple):
    """The peer is to be told when this node was promoted."""

    at: float


class SetYield(NamedTuple):
    """keepalived's track file. Answer: whether it could be written."""

    value: int


class ReadFlag(NamedTuple):
    """Answer: the flag of the run folder, None if it cannot be read."""

    name: str


class AskFor(NamedTuple):
    """A path unit waits for a change of this file: the agent may give no order to systemd."""

    name: str


class NicChanged(NamedTuple):
    """Answer: whether keepalived has started with another NIC."""

    nic: str


class Answered(NamedTuple):
    """Answer: whether the question of `Do.ASK` came back, until then at most."""

    until: float


class WatchPeace(NamedTuple):
    """Whether this node is to ask now and then if a failover to it would be carried."""

    on: bool


class ReadAt(NamedTuple):
    """Answer: the server that has this address, or None."""

    address: str


class Release(NamedTuple):
    """Takes VIPs of an earlier configuration from this server."""

    vips: list[str]
    own: Reading
    peer: Reading | None


class Surroundings(NamedTuple):
    """What else decides whether a BACKUP could take over."""

    keepalived: str | None  # the state of its unit
    keepalived_for: float | None  # seconds since it became active
    drained: bool | None
    yields: bool | None
    service_flag: bool | None
    watched: bool | None  # whether keepalived watches the run folder
    refused: dict[str, str]  # checks that keepalived does not run, and why
    token_valid: bool | None


if TYPE_CHECKING:
    Command = (
        Do
        | Log
        | Say
        | Promoted
        | SetYield
        | ReadFlag
        | AskFor
        | NicChanged
        | Answered
        | WatchPeace
        | ReadAt
        | Release
        | Question
        | ClaimCommand
    )
    Steps = Generator[Command, Any, T]
