"""Carries a claim out: the requests, the pauses and the checks that claim.py asks for."""

from __future__ import annotations

from failover_pair import clock
from failover_pair.api.errors import pause_after
from failover_pair.api.readings import READING_SECONDS
from failover_pair.claim import ClaimSequence
from failover_pair.claim_commands import (
    Add,
    Began,
    Gate,
    Look,
    MustWrite,
    Pause,
    ReadMembers,
    ReadOne,
    ReadTwo,
    Take,
    Tell,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from failover_pair.api.client import Api
    from failover_pair.api.documents import Server
    from failover_pair.api.readings import Reading
    from failover_pair.bridge_client import BridgeClient
    from failover_pair.claim import Steps
    from failover_pair.claim_commands import Command
    from failover_pair.config import Config
    from failover_pair.timing import Timing

    T = TypeVar("T")


class Demoted(Exception):
    """This node is not MASTER any more: nothing it wanted to do counts."""


class Claim:
    """`gate()` raises Demoted and is asked before each change; `pause(seconds)` too."""

    def __init__(
        self,
        config: Config,
        api: Api,
        timing: Timing,
        bridge: BridgeClient,
        peer_id: int | None,
        gate: Callable[[], None],
        pause: Callable[[float], None],
        readings: dict[str, Reading | None] | None = None,
        begins: Callable[[], None] = lambda: None,
    ) -> None:
        """readings: what is known of the two servers, kept by the caller from one claim to the next. `begins()` is
        called when the first change is accepted."""
        self.api, self.bridge, self.vips = api, bridge, config.vips
        self.gate, self.pause, self.begins = gate, pause, begins
        self.sequence = ClaimSequence(config, timing, peer_id, pause_after)
        self.readings = {} if readings is None else readings

    @property
    def peer_id(self) -> int | None:
        return self.sequence.peer_id

    @property
    def taken_from(self) -> str | None:
        """The name of the server that the alias was taken from, or may have been."""
        return self.sequence.taken_from

    @property
    def steps(self) -> dict[str, float]:
        """Seconds, by the name of the step."""
        return self.sequence.steps

    def step(self, name: str, since: float) -> None:
        self.sequence.now = clock.now()
        self.sequence.step(name, since)

    def move(self) -> bool:
        """One try, from reading to reading back. True if there was something to do."""
        return self.perform(self.sequence.move(self.known_just_now()))

    def known_just_now(self) -> tuple[Reading, Reading | None] | None:
        """The two readings if they are new enough; each serves for one try only."""
        own, peer = self.readings.pop("own", None), self.readings.pop("peer", None)
        if own is None or any(clock.now() - one.at > READING_SECONDS / 2 for one in (own, peer) if one):
            return None
        return own, peer

    def find_peer(self) -> Server | None:
        """The peer is the server that has its address: a rebuilt one has another id. None if there is none."""
        own, peer = self.read_both()
        self.readings.update(own=own, peer=peer)
        return peer and peer.server

    def read_both(self) -> tuple[Reading, Reading | None]:
        """Readings of (this server, the peer)."""
        return self.perform(self.sequence.read_both())

    def perform(self, steps: Steps[T]) -> T:
        """What the sequence returns when each of its commands was carried out."""
        answer, error = None, None
        while True:
            self.sequence.now, self.sequence.latency = clock.now(), self.api.latency
            try:
                command = steps.throw(error) if error else steps.send(answer)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            answer, error = None, None
            try:
                answer = self.carry_out(command)
            except Exception as raised:
                error = raised

    def carry_out(self, command: Command) -> Any:
        """The answer. An error is the sequence's: it may go on after it."""
        api = self.api
        match command:
            case ReadTwo(one, other):
                return api.two_servers(one, other)
            case ReadOne(server_id):
                return api.server(server_id)
            case ReadMembers():
                return api.members()
            case MustWrite():
                return api.must_write()
            case Take(owner, own, peer):
                return api.take_aliases(owner, self.vips, own, peer)
            case Add(me):
                return api.add_aliases(me, self.vips)
            case Look(action_id):
                return api.action(action_id)
            case Pause(seconds):
                return self.pause(seconds)
            case Gate():
                return self.gate()
            case Began():
                return self.begins()
            case Tell(holder):
                return self.bridge.tell(holder)
