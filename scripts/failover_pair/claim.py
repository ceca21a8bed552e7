"""One claim: this node becomes the holder."""

from __future__ import annotations

import contextlib

from failover_pair import clock
from failover_pair.api.client import LEAVING, READING_SECONDS, Reading, must_be_attached
from failover_pair.api.errors import UNSURE, ApiError, pause_after

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from failover_pair.api.client import Api
    from failover_pair.api.documents import Member, Server
    from failover_pair.bridge_client import BridgeClient
    from failover_pair.config import Config
    from failover_pair.timing import Timing

    Clearing = tuple[dict[str, Any], float]  # the action that takes the alias from the peer, and when its answer came


ACTION_SECONDS = 20.0  # an action that runs longer is taken for hung: read again what is really there
JUST_PROMOTED_SECONDS = 10.0  # how late a claim of the former master may still land after ours


class Demoted(Exception):
    """This node is not MASTER any more: nothing it wanted to do counts."""


class Claim:
    """Makes this node the holder: read, clear the peer, assign here, read back. All VIPs in one list change; every
    other alias on either NIC stays. `gate()` raises Demoted and is asked before each change; `pause(seconds)` too."""

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
        self.config, self.api, self.timing, self.bridge, self.peer_id = config, api, timing, bridge, peer_id
        self.gate, self.pause, self.begins = gate, pause, begins
        self.steps: dict[str, float] = {}
        self.taken_from: str | None = None
        self.survey_first = self.lagging = False
        self.readings = {} if readings is None else readings

    def step(self, name: str, since: float) -> None:
        self.steps[name] = self.steps.get(name, 0.0) + clock.now() - since

    def move(self) -> bool:
        """One try, from reading to reading back. True if there was something to do."""
        began = clock.now()
        own, peer = self.known_just_now() or self.read_both()
        self.step("read", began)
        clearing = None
        if peer and self.config.ours(peer.server.aliases):
            clearing = self.clear(own, peer)
        changed = self.assign(clearing)
        if changed:
            began = clock.now()
            me = self.read_self()
            self.step("confirm", began)
            if not self.config.complete(me.aliases):
                raise ApiError("action-failed", "the cloud took the assignment, but the alias is not here")
        return changed

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
        own, peer = self.read_by_id() or self.read_all()
        if peer and self.config.ours(peer.server.aliases):
            self.bridge.tell("peer")
        return own, peer

    def read_by_id(self) -> tuple[Reading, Reading] | None:
        """None if the peer has another id, or none."""
        if self.peer_id and not self.survey_first:
            try:
                own, peer = self.api.two_servers(self.config.serverId, self.peer_id)
                if peer.server.address == self.config.peerAddress:
                    return own, peer
            except ApiError as error:
                if error.cause != "not-found":
                    raise
        return None

    def read_all(self) -> tuple[Reading, Reading | None]:
        """The peer may be a new server, or gone; and something else may have the alias."""
        members, at = self.api.members(), clock.now()
        for member in members:
            self.must_be_of_this_pair(member)
        peer = next((one for one in members if one.address == self.config.peerAddress and one.type == "server"), None)
        me = next((one.server for one in members if one.id == self.config.serverId and one.server), None)
        self.peer_id = peer.id if peer else None
        self.survey_first = False
        if peer and not peer.server:
            return self.api.two_servers(self.config.serverId, peer.id)
        other = Reading(peer.server, at) if peer and peer.server else None
        return Reading(me, at) if me else Reading(self.read_self(), clock.now()), other

    def must_be_of_this_pair(self, member: Member) -> None:
        held = self.config.ours([*member.aliases, *([member.address] if member.address else [])])
        if held and member.address not in (self.config.address, self.config.peerAddress):
            what = "%s %d" % (member.type.replace("_", " "), member.id)
            if member.type == "server":
                what = "server %s (%d)" % ((member.server or self.api.server(member.id)).name, member.id)
            text = "%s belongs to %s, which is not of this pair: not touched; take it away there"
            raise ApiError("foreign-holder", text % (", ".join(held), what))

    def read_self(self) -> Server:
        me = self.api.server(self.config.serverId)
        must_be_attached(self.config, me)
        return me

    def clear(self, own: Reading, peer: Reading) -> Clearing:
        """Takes the alias from the peer, when it is known that it can be put here. Returns (the action, when its
        answer came)."""
        must_be_attached(self.config, own.server)
        if own.server.status in LEAVING:
            raise ApiError("not-ready", "server %s is %s by the API's word" % (own.server.name, own.server.status))
        own.must_have_room(self.config.vips)
        self.api.must_write()
        began = clock.now()
        self.gate()
        self.taken_from = peer.server.name
        try:
            action = self.api.take_aliases(peer.server, self.config.vips, own, peer)
        except ApiError as error:
            if error.cause not in UNSURE:
                self.taken_from = None
            raise
        self.begins()
        self.step("clear", began)
        return action, clock.now()

    def assign(self, clearing: Clearing | None) -> bool:
        """Sends the assignment at the moment the cloud can first accept it: a round trip earlier than waiting for the
        clearing action to be reported done. Refusals tell that it was too early and are followed closely.
        False if everything was here already."""
        since = clearing[1] if clearing else clock.now()
        due = since + self.timing.first_assign() if clearing else since
        refusals, refused_at, read_at, foretold = 0, 0.0, None, 0.0
        while True:
            # as late as can be: what others change on this NIC after it would be lost
            stale = read_at is None or due - read_at > 1.0
            self.pause(due - self.api.latency * stale - clock.now())
            sent = clock.now()
            try:
                if stale:
                    read_at = sent
                    me = self.read_self()
                    if not clearing:
                        self.step("read", sent)
                    here = self.config.complete(me.aliases)
                    # what is being changed shows only when it is done, and may be the former master's clearing
                    if me.locked and (not here or sent - since < JUST_PROMOTED_SECONDS):
                        raise ApiError("locked", "server %s is being changed by somebody" % me.name)
                    if here:
                        return bool(clearing or refusals)
                self.pause(due - clock.now())
                self.gate()
                sent = clock.now()
                action = self.api.add_aliases(me, self.config.vips)
                self.begins()
                self.bridge.tell("self")  # the peer has it no more, so nothing goes back that way
                break
            except ApiError as error:
                if error.cause not in ("address-busy", "locked", "conflict") or sent - since > 60:
                    raise
                refusals, refused_at = refusals + 1, sent - since
                if error.cause != "address-busy":
                    read_at = None  # somebody else is at work on this NIC: read again what they left
                elif refusals % 8 == 0:
                    self.still_worth_waiting(clearing, since, error)
                elif clearing and refusals == 1 and not self.timing.known:
                    foretold, sent = self.foretell(clearing, since), clock.now()
                due = clock.now() + self.timing.next_assign(sent - since, refusals, foretold)
        if clearing:
            self.steps["clear"] += sent - since
            self.timing.learn_accepted(sent - since, refused_at)
        self.finish(action, sent)
        self.step("assign", sent)
        return True

    def foretell(self, clearing: Clearing, since: float) -> float:
        """How long after `since` to send the next assignment, by the clearing's progress; 0 if that does not tell. Two
        looks have to agree, as a percentage may well come in steps and be no measure of time."""
        lengths = []
        with contextlib.suppress(ApiError):
            while True:
                asked = clock.now()
                action, ran = self.api.action(clearing[0]["id"]), clock.now() - since
                percent, round_trip = action.get("progress"), clock.now() - asked
                if action["status"] != "running":
                    return ran
                if percent is None or not 0 < percent < 100:
                    break
                # it had run so long when it was looked at: half a round trip more at its start, and less at the end
                lengths.append(ran * 100 / (percent + 0.5))
                if len(lengths) == 2:
                    agree = abs(lengths[0] - lengths[1]) < lengths[1] * 0.2
                    return lengths[1] * 1.02 - round_trip if agree else 0.0
                self.pause(since + min(lengths[0] / 2, ran * 4) - round_trip - clock.now())
        return 0.0

    def still_worth_waiting(self, clearing: Clearing | None, since: float, refusal: ApiError) -> None:
        """Refused eight times: the clearing still runs, or there is a reason that only a look at all servers shows."""
        status = "none"
        if clearing:
            action = self.api.action(clearing[0]["id"])
            status = action["status"]
        if status == "error":
            raise ApiError("action-failed", "clearing the peer: %s" % reason(action))
        if status == "running":
            if clock.now() - since > ACTION_SECONDS:
                raise ApiError("action-hangs", "clearing the peer takes longer than %d s" % ACTION_SECONDS)
            return
        if status == "success" and not self.lagging:
            self.lagging = True  # the cloud's own bookkeeping may be a little late
            return
        self.survey_first = True
        raise refusal

    def finish(self, action: dict[str, Any], sent: float) -> None:
        """Waits for an action; transient errors of asking are not errors of the action."""
        tries, pause, asked = 0, 0.03, sent
        self.pause(sent + self.timing.first_look() - clock.now())
        while action.get("status") == "running":
            if clock.now() - sent > ACTION_SECONDS:
                raise ApiError("action-hangs", "assigning takes longer than %d s" % ACTION_SECONDS)
            asked = clock.now()
            try:
                action = self.api.action(action["id"])
            except ApiError as error:
                if error.cause not in ("network", "server-error", "rate-limit", "garbled") or tries > 10:
                    raise
                tries += 1
                self.pause(pause_after(error, tries))
                continue
            if action.get("status") == "running":
                self.pause(pause)
                pause = min(1.0, pause * 1.3)
        if action.get("status") != "success":
            raise ApiError("action-failed", "assigning: %s" % reason(action))
        self.timing.learn_assigned(asked - sent)


def reason(action: dict[str, Any]) -> str:
    error = action.get("error") or {}
    return "%s (%s)" % (error.get("message") or "no reason given", error.get("code") or "no code")
