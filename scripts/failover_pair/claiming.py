"""What claim.py asks for, carried out: the requests, and a whole claim of the operator's where no agent runs."""

from __future__ import annotations

from failover_pair import clock
from failover_pair.api.errors import pause_after
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
from failover_pair.driving import drive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from failover_pair.api.client import Api
    from failover_pair.bridge_client import BridgeClient
    from failover_pair.claim import Steps
    from failover_pair.claim_commands import Command
    from failover_pair.config import Config
    from failover_pair.timing import Timing

    T = TypeVar("T")


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
    ) -> None:
        self.api = api
        self.kinds: dict[type, Callable[..., Any]] = {
            **requests(api, config.vips),
            Gate: gate,
            Pause: pause,
            Tell: lambda holder: bridge.tell(holder),
            Began: lambda: None,
        }
        self.sequence = ClaimSequence(config, timing, peer_id, pause_after)

    def move(self) -> bool:
        """One try, from reading to reading back. True if there was something to do."""
        return self.perform(self.sequence.move(None))

    def perform(self, steps: Steps[T]) -> T:
        """What the sequence returns."""
        return drive(steps, self.carry_out, self.gather)

    def carry_out(self, command: Command) -> Any:
        return self.kinds[type(command)](*command)

    def gather(self) -> None:
        self.sequence.now, self.sequence.latency = clock.now(), self.api.latency


def requests(api: Api, vips: list[str]) -> dict[type, Callable[..., Any]]:
    """What is asked of the API for each kind of command that is a request."""
    return {
        ReadTwo: lambda one, other: api.two_servers(one, other),
        ReadOne: lambda server_id: api.server(server_id),
        ReadMembers: lambda: api.members(),
        MustWrite: lambda: api.must_write(),
        Take: lambda owner, own, peer: api.take_aliases(owner, vips, own, peer),
        Add: lambda me: api.add_aliases(me, vips),
        Look: lambda action_id: api.action(action_id),
    }
