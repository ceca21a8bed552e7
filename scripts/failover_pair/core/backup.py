"""What a node looks at now and then while it is not MASTER."""

from __future__ import annotations

from failover_pair.api.errors import ApiError
from failover_pair.claim_commands import ReadOne, Tell
from failover_pair.core.carried import BELIEF_SECONDS
from failover_pair.core.commands import AskFor, Do, ReadAt
from failover_pair.core.record import failed, recovered
from failover_pair.core.state import NO_NIC
from failover_pair.readiness import not_ready
from failover_pair.vrrp import LISTENS_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from failover_pair.api.documents import Server
    from failover_pair.core.commands import Steps, Surroundings
    from failover_pair.core.state import State

CARRYING_SECONDS = 1.0  # how old its belief may be while it takes itself for the holder and the MASTER is another
TOKEN_SECONDS = 3600.0
TOKEN_AGAIN_SECONDS = 60.0  # after a failure
READY_SECONDS = 60.0  # what tells of itself (VRRP, the token) is looked at when it changes; this is for the rest
STARTING_SECONDS = 1.0  # keepalived tells its state while systemd still starts it


def check_token(state: State) -> Steps[None]:
    """A BACKUP needs its token only when it is too late to replace it: so it is tried at the start, whenever it
    changed, and once an hour."""
    try:
        yield ReadOne(state.config.serverId)
        if state.claims.peer_id is None:  # a claim would have to look for it first
            peer: Server | None = yield ReadAt(state.config.peerAddress)
            state.claims.peer_id = peer and peer.id
        state.backup.token_at = state.now + TOKEN_SECONDS
        recovered(state)
    except ApiError as error:
        yield from failed(state, error)
        state.backup.token_at = state.now + TOKEN_AGAIN_SECONDS
    yield Do.PUBLISH


def look_at_belief(state: State) -> Steps[None]:
    """Only the bridge needs to know who the holder is."""
    aliases: list[str] | None = yield Do.READ_METADATA
    if aliases is not None:  # one of several that is here may leave from here; the others may be new
        yield Tell("self" if state.config.ours(aliases) else "peer")
    carrying = aliases is not None and state.facts.told == "self"
    state.backup.belief_at = state.now + (CARRYING_SECONDS if carrying else BELIEF_SECONDS)


def note_readiness(state: State) -> Steps[None]:
    """For the metrics. Never while MASTER, as systemd is asked for it."""
    backup = state.backup
    found: Surroundings = yield Do.LOOK_AROUND
    if backup.doubts_nic:
        backup.doubts_nic = False
        yield AskFor("nic-lost")  # perhaps the link was down, and has lost its routes
    backup.ready_at = state.now + ready_pause(found)
    before, backup.not_ready = backup.not_ready, not_ready(readiness_facts(state, found))
    if before != backup.not_ready:
        yield Do.PUBLISH


def ready_pause(found: Surroundings) -> float:
    if found.keepalived in ("activating", "reloading"):
        return STARTING_SECONDS
    if found.keepalived_for is not None and found.keepalived_for < LISTENS_SECONDS:
        return LISTENS_SECONDS - found.keepalived_for
    return READY_SECONDS


def readiness_facts(state: State, found: Surroundings) -> dict[str, Any]:
    error = state.record.last_error or {}
    return {
        "vrrp": state.role.state,
        "interface": None if state.role.nic == NO_NIC else state.role.nic,
        "agent": "running",
        "keepalived": found.keepalived,
        "keepalivedFor": found.keepalived_for,
        "drained": bool(found.drained),
        "yields": bool(found.yields),
        "service": None,
        "serviceFlag": found.service_flag,
        "tokenValid": found.token_valid,
        "apiError": None if error.get("over", True) else error.get("text"),
        "serves": False,
        "watched": found.watched,
        "refused": found.refused,
    }
