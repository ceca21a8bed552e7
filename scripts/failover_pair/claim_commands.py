"""What a claim asks for, one at a time. Values only."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from failover_pair.api.documents import Server
    from failover_pair.api.readings import Reading
else:
    from failover_pair.records import NamedTuple


class Demoted(Exception):
    """This node is not MASTER any more: nothing it wanted to do counts."""


class ReadTwo(NamedTuple):
    """Answer: a Reading of each."""

    one: int
    other: int


class ReadOne(NamedTuple):
    """Answer: a Server."""

    server_id: int


class ReadMembers(NamedTuple):
    """Answer: [Member]"""


class MustWrite(NamedTuple):
    """An error if the token may only read."""


class Take(NamedTuple):
    """Takes the alias from the owner. Answer: the action."""

    owner: Server
    own: Reading
    peer: Reading


class Add(NamedTuple):
    """Assigns the alias to this server. Answer: the action."""

    me: Server


class Look(NamedTuple):
    """Answer: the action as it is now."""

    action_id: int


class Pause(NamedTuple):
    """An error if this node is not MASTER any more."""

    seconds: float


class Gate(NamedTuple):
    """An error unless this node is MASTER: before each change."""


class Began(NamedTuple):
    """A change was accepted."""


class Tell(NamedTuple):
    """The bridge is told who the holder is."""

    holder: str


Command = ReadTwo | ReadOne | ReadMembers | MustWrite | Take | Add | Look | Pause | Gate | Began | Tell
