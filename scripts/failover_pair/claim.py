"""A claim as a sequence: this node becomes the holder. Pure.

A method that needs an answer is a generator: it yields what is to be done (claim_commands.py) and is sent the answer,
or thrown the error. `now` and `latency` are set before each step. So there is no clock, socket or random source in
here, and a test can answer as any cloud would. claiming.py carries the commands out.
"""

from __future__ import annotations

import contextlib

from failover_pair.api.errors import UNSURE, ApiError
from failover_pair.api.readings import LEAVING, Reading, must_be_attached
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
from failover_pair.policy import JUST_PROMOTED_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any, TypeVar

    from failover_pair.api.documents import Member, Server
    from failover_pair.claim_commands import Command
    from failover_pair.config import Config
    from failover_pair.timing import Timing

    T = TypeVar("T")
    Steps = Generator[Command, Any, T]
    Clearing = tuple[dict[str, Any], float]  # the action that takes the alias from the peer, and when its answer came


ACTION_SECONDS = 20.0  # an action that runs longer is taken for hung: read again what is really there

REFUSED_SECONDS = 60.0  # refusals that mean "too early" are believed for so long


class Assignment:
    """One assignment and its refusals. Times are those of the sequence."""

    def __init__(self, clearing: Clearing | None, since: float, due: float) -> None:
        self.clearing, self.since, self.due, self.sent = clearing, since, due, since
        self.me: Server | None = None
        self.read_at: float | None = None  # when `me` was read
        self.refusals = 0
        self.refused_at = 0.0  # seconds after `since`
        self.foretold = 0.0


class ClaimSequence:
    """Read, clear the peer, assign here, read back. All VIPs in one list change; every other alias on either NIC
    stays."""

    now = 0.0
    latency = 0.0  # of a request

    def __init__(
        self, config: Config, timing: Timing, peer_id: int | None, pause_after: Callable[[ApiError, int], float]
    ) -> None:
        """pause_after: how long to wait after an error, by its cause, its number and chance."""
        self.config, self.timing, self.peer_id, self.pause_after = config, timing, peer_id, pause_after
        self.steps: dict[str, float] = {}
        self.taken_from: str | None = None
        self.survey_first = self.lagging = False

    def step(self, name: str, since: float) -> None:
        self.steps[name] = self.steps.get(name, 0.0) + self.now - since

    def move(self, known: tuple[Reading, Reading | None] | None) -> Steps[bool]:
        """One try, from reading to reading back. True if there was something to do. known: readings that are new
        enough."""
        began = self.now
        own, peer = known or (yield from self.read_both())
        self.step("read", began)
        clearing = None
        if peer and self.config.ours(peer.server.aliases):
            clearing = yield from self.clear(own, peer)
        changed = yield from self.assign(clearing)
        if changed:
            began = self.now
            me = yield from self.read_self()
            self.step("confirm", began)
            if not self.config.complete(me.aliases):
                raise ApiError("action-failed", "the cloud took the assignment, but the alias is not here")
        return changed

    def read_both(self) -> Steps[tuple[Reading, Reading | None]]:
        """Readings of (this server, the peer)."""
        own, peer = (yield from self.read_by_id()) or (yield from self.read_all())
        if peer and self.config.ours(peer.server.aliases):
            yield Tell("peer")
        return own, peer

    def read_by_id(self) -> Steps[tuple[Reading, Reading] | None]:
        """None if the peer has another id, or none."""
        if self.peer_id and not self.survey_first:
            try:
                own, peer = yield ReadTwo(self.config.serverId, self.peer_id)
                if peer.server.address == self.config.peerAddress:
                    return own, peer
            except ApiError as error:
                if error.cause != "not-found":
                    raise
        return None

    def read_all(self) -> Steps[tuple[Reading, Reading | None]]:
        """The peer may be a new server, or gone; and something else may have the alias."""
        members: list[Member] = yield ReadMembers()
        at = self.now
        for member in members:
            yield from self.must_be_of_this_pair(member)
        peer = next((one for one in members if one.address == self.config.peerAddress and one.type == "server"), None)
        me = next((one.server for one in members if one.id == self.config.serverId and one.server), None)
        self.peer_id = peer.id if peer else None
        self.survey_first = False
        if peer and not peer.server:
            both: tuple[Reading, Reading] = yield ReadTwo(self.config.serverId, peer.id)
            return both
        other = Reading(peer.server, at) if peer and peer.server else None
        own = Reading(me, at) if me else Reading((yield from self.read_self()), self.now)
        return own, other

    def must_be_of_this_pair(self, member: Member) -> Steps[None]:
        held = self.config.ours([*member.aliases, *([member.address] if member.address else [])])
        if held and member.address not in (self.config.address, self.config.peerAddress):
            what = "%s %d" % (member.type.replace("_", " "), member.id)
            if member.type == "server":
                server: Server = member.server or (yield ReadOne(member.id))
                what = "server %s (%d)" % (server.name, member.id)
            text = "%s belongs to %s, which is not of this pair: not touched; take it away there"
            raise ApiError("foreign-holder", text % (", ".join(held), what))

    def read_self(self) -> Steps[Server]:
        me: Server = yield ReadOne(self.config.serverId)
        must_be_attached(self.config, me)
        return me

    def clear(self, own: Reading, peer: Reading) -> Steps[Clearing]:
        """Takes the alias from the peer, when it is known that it can be put here. Returns (the action, when its
        answer came)."""
        must_be_attached(self.config, own.server)
        if own.server.status in LEAVING:
            raise ApiError("not-ready", "server %s is %s by the API's word" % (own.server.name, own.server.status))
        own.must_have_room(self.config.vips)
        yield MustWrite()
        began = self.now
        yield Gate()
        self.taken_from = peer.server.name
        try:
            action: dict[str, Any] = yield Take(peer.server, own, peer)
        except ApiError as error:
            if error.cause not in UNSURE:
                self.taken_from = None
            raise
        yield Began()
        self.step("clear", began)
        return action, self.now

    def assign(self, clearing: Clearing | None) -> Steps[bool]:
        """Sends the assignment at the moment the cloud can first accept it: a round trip earlier than waiting for the
        clearing action to be reported done. Refusals tell that it was too early and are followed closely.
        False if everything was here already."""
        since = clearing[1] if clearing else self.now
        due = since + self.timing.first_assign() if clearing else since
        one = Assignment(clearing, since, due)
        while True:
            try:
                action = yield from self.try_to_assign(one)
                break
            except ApiError as error:
                yield from self.was_too_early(one, error)
        if action is None:
            return bool(clearing or one.refusals)
        if clearing:
            self.steps["clear"] += one.sent - since
            self.timing.learn_accepted(one.sent - since, one.refused_at)
        yield from self.finish(action, one.sent)
        self.step("assign", one.sent)
        return True

    def try_to_assign(self, one: Assignment) -> Steps[dict[str, Any] | None]:
        """The action; None if everything is here already."""
        # as late as can be: what others change on this NIC after it would be lost
        stale = one.me is None or one.read_at is None or one.due - one.read_at > 1.0
        yield Pause(one.due - self.latency * stale - self.now)
        one.sent = self.now
        if stale:
            one.read_at = one.sent
            one.me = yield from self.read_self()
            if not one.clearing:
                self.step("read", one.sent)
            here = self.config.complete(one.me.aliases)
            # what is being changed shows only when it is done, and may be the former master's clearing
            if one.me.locked and (not here or one.sent - one.since < JUST_PROMOTED_SECONDS):
                raise ApiError("locked", "another client is changing server %s" % one.me.name)
            if here:
                return None
        yield Pause(one.due - self.now)
        yield Gate()
        one.sent = self.now
        assert one.me is not None
        action: dict[str, Any] = yield Add(one.me)
        yield Began()
        yield Tell("self")  # the peer has it no more, so nothing goes back that way
        return action

    def was_too_early(self, one: Assignment, error: ApiError) -> Steps[None]:
        """Sets when to try again. Raises an error that is not a sign of that."""
        if error.cause not in ("address-busy", "locked", "conflict") or one.sent - one.since > REFUSED_SECONDS:
            raise error
        one.refusals, one.refused_at = one.refusals + 1, one.sent - one.since
        if error.cause != "address-busy":
            one.read_at = None  # another program is at work on this NIC: read again what it left
        elif one.refusals % 8 == 0:
            yield from self.still_worth_waiting(one.clearing, one.since, error)
        elif one.clearing and one.refusals == 1 and not self.timing.known:
            one.foretold = yield from self.foretell(one.clearing, one.since)
            one.sent = self.now
        one.due = self.now + self.timing.next_assign(one.sent - one.since, one.refusals, one.foretold)

    def foretell(self, clearing: Clearing, since: float) -> Steps[float]:
        """How long after `since` to send the next assignment, by the clearing's progress; 0 if that does not tell. Two
        looks have to agree, as a percentage may well come in steps, which do not measure time."""
        lengths: list[float] = []
        with contextlib.suppress(ApiError):
            while True:
                asked = self.now
                action: dict[str, Any] = yield Look(clearing[0]["id"])
                ran = self.now - since
                percent, round_trip = action.get("progress"), self.now - asked
                if action["status"] != "running":
                    return ran
                if percent is None or not 0 < percent < 100:
                    break
                # it had run so long when it was looked at: half a round trip more at its start, and less at the end
                lengths.append(ran * 100 / (percent + 0.5))
                if len(lengths) == 2:
                    agree = abs(lengths[0] - lengths[1]) < lengths[1] * 0.2
                    return lengths[1] * 1.02 - round_trip if agree else 0.0
                yield Pause(since + min(lengths[0] / 2, ran * 4) - round_trip - self.now)
        return 0.0

    def still_worth_waiting(self, clearing: Clearing | None, since: float, refusal: ApiError) -> Steps[None]:
        """Refused eight times: the clearing still runs, or there is a reason that only a look at all servers shows."""
        status = "none"
        if clearing:
            action = yield Look(clearing[0]["id"])
            status = action["status"]
        if status == "error":
            raise ApiError("action-failed", "clearing the peer: %s" % reason(action))
        if status == "running":
            if self.now - since > ACTION_SECONDS:
                raise ApiError("action-hangs", "clearing the peer takes longer than %d s" % ACTION_SECONDS)
            return
        if status == "success" and not self.lagging:
            self.lagging = True  # the cloud's own bookkeeping may be a little late
            return
        self.survey_first = True
        raise refusal

    def finish(self, action: dict[str, Any], sent: float) -> Steps[None]:
        """Waits for an action; transient errors of asking are not errors of the action."""
        tries, pause, asked = 0, 0.03, sent
        yield Pause(sent + self.timing.first_look() - self.now)
        while action.get("status") == "running":
            if self.now - sent > ACTION_SECONDS:
                raise ApiError("action-hangs", "assigning takes longer than %d s" % ACTION_SECONDS)
            asked = self.now
            try:
                action = yield Look(action["id"])
            except ApiError as error:
                if error.cause not in ("network", "server-error", "rate-limit", "garbled") or tries > 10:
                    raise
                tries += 1
                yield Pause(self.pause_after(error, tries))
                continue
            if action.get("status") == "running":
                yield Pause(pause)
                pause = min(1.0, pause * 1.3)
        if action.get("status") != "success":
            raise ApiError("action-failed", "assigning: %s" % reason(action))
        self.timing.learn_assigned(asked - sent)


def reason(action: dict[str, Any]) -> str:
    error = action.get("error") or {}
    return "%s (%s)" % (error.get("message") or "no reason given", error.get("code") or "no code")
