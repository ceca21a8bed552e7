"""What a decision leaves behind for people: errors, claims, and keepalived's states."""

from __future__ import annotations

from failover_pair.api.errors import LOUD
from failover_pair.core.commands import Do, Log
from failover_pair.journal import scrub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from failover_pair.api.errors import ApiError
    from failover_pair.claim import ClaimSequence
    from failover_pair.core.commands import Steps
    from failover_pair.core.state import State


def set_vrrp(state: State, said: str) -> Steps[None]:
    """What keepalived has said, or what its VIP on the NIC says."""
    role = state.role
    state.backup.ready_at = state.now
    if said != role.vrrp:
        yield Log("%s → %s" % (role.vrrp or "unknown", said))
        role.vrrp, role.since, role.state_at = said, state.facts.wall, state.now
        yield Do.PUBLISH


def recovered(state: State) -> None:
    state.record.failures_in_row = 0
    if state.record.last_error:
        state.record.last_error["over"] = True


def failed(state: State, error: ApiError) -> Steps[None]:
    """Said once for each cause and then more and more rarely: a journal full of one line hides the others."""
    record = state.record
    record.statistics.failures[error.cause] += 1
    last = record.last_error
    fresh = not last or last["cause"] != error.cause or last.get("over")
    record.failures_in_row = 1 if fresh else record.failures_in_row + 1
    record.last_error = {"at": state.facts.wall, "cause": error.cause, "text": scrub(str(error)), "over": False}
    yield Do.PUBLISH
    if record.failures_in_row & (record.failures_in_row - 1) == 0:
        level = 2 if error.cause in LOUD else 4
        yield Log("%s (%s, try %d)" % (error, error.cause, record.failures_in_row), level)


def claimed(state: State, claim: ClaimSequence, seconds: float, tries: int, requests: int) -> Steps[None]:
    record = state.record
    record.statistics.claims += 1
    state.claims.claimed_at = state.now
    record.statistics.seconds.append(seconds)
    steps = ", ".join("%s %d ms" % (name, spent * 1000) for name, spent in claim.steps.items())
    taken = " from %s" % claim.taken_from if claim.taken_from else ""
    failures = ", %d failed tries" % tries if tries else ""
    what = state.config.what
    yield Log("claimed %s%s in %.2f s: %s (%d requests%s)" % (what, taken, seconds, steps, requests, failures))
    record.last_claim = {
        "at": state.facts.wall,
        "from": claim.taken_from,
        "seconds": round(seconds, 3),
        "requests": requests,
        "failedTries": tries,
        "steps": {name: round(spent, 3) for name, spent in claim.steps.items()},
    }
