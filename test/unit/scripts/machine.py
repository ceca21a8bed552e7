"""One node for the agent's core: a cloud of two servers, a NIC and a peer that answer its commands. No process, no
socket, no clock, and chance always gives 1."""

import types

import programs  # noqa: F401
from failover_pair.api.documents import Member, Server
from failover_pair.api.errors import PAUSES, ApiError
from failover_pair.api.readings import Reading
from failover_pair.claim_commands import Add, Look, Pause, ReadMembers, ReadOne, ReadTwo, Take
from failover_pair.core.commands import Answered, Do, Log, NicChanged, ReadAt, ReadFlag, SetYield, Surroundings
from failover_pair.core.decide import Seen, decide
from failover_pair.core.state import Facts, State
from failover_pair.driving import drive
from failover_pair.hearing import Hearing, Told
from failover_pair.policy import Question

VIP, ME, PEER = "10.0.1.1", 2, 3
MOST_COMMANDS = 300
BRIDGE = {"follow": "afterGrace", "graceSeconds": 30.0, "interval": 0.5}
NOTHING = dict.fromkeys(("vrrp", "since", "promotedAt", "lastClaim", "lastError", "mandate", "carriedBy"))


class Chance:
    @staticmethod
    def share():
        return 1.0

    @staticmethod
    def pause_after(error, tries):
        base, most = PAUSES[error.cause]
        return min(most, base * 2 ** (tries - 1))


class Machine:
    def __init__(self, bridge=None, saved=None, holder=PEER, **changes):
        values = dict(
            pair="web", node="a", serverId=ME, networkId=7, address="10.0.1.2", peerAddress="10.0.1.3", vips=[VIP],
            what=VIP, verifySeconds=30.0, bridge=bridge,
        )
        values.update(changes)
        vips = values["vips"]
        ours = lambda aliases: [vip for vip in vips if vip in aliases]
        config = types.SimpleNamespace(**values, ours=ours, complete=lambda aliases: len(ours(aliases)) == len(vips))
        self.now, self.facts = 1000.0, {}
        self.aliases = {ME: [], PEER: []}
        if holder:
            self.aliases[holder] = [VIP]
        self.locked, self.status = set(), {}
        self.done, self.answers = [], {}
        self.peer = Hearing(self.now - 100)
        self.state = State(config, {**NOTHING, **(saved or {})}, Facts(self.now, 1.8e9), Chance(), self.peer, 0.5)

    # -- what the test arranges

    def master(self, confirmed=True, promoted=900.0):
        """MASTER and holder for some time, which looks again only when its timers say so."""
        state = self.state
        state.role.master, state.role.vrrp, state.role.confirmed = True, "MASTER", confirmed
        state.role.promoted_at = state.dispute.promoted_at = promoted
        state.dispute.mandate = False
        self.rests()
        return self

    def backup(self):
        self.state.role.vrrp = "BACKUP"
        self.rests()
        return self

    def rests(self):
        """Nothing is due for a minute, and nothing on the NIC is new."""
        self.state.role.nic, self.state.backup.watches_peace = "2 ens10\n", False
        schedule, backup, later = self.state.schedule, self.state.backup, self.now + 60
        schedule.check_at = schedule.verify_at = schedule.api_due = later
        backup.token_at = backup.belief_at = backup.ready_at = later

    def carried(self, follows_in=30.0):
        state = self.state
        state.carried.by, state.carried.follow_at = "n3", self.now + follows_in
        state.carried.beat_at = self.now
        state.role.confirmed = False
        return self

    def hears(self, ago=0.0, since=10.0, **words):
        """The peer has said so, first `since` seconds before its last word."""
        self.peer.told = Told(**{"hears": True, **words})
        self.peer.heard_at, self.peer.known = self.now - ago, True
        self.peer.master_since = self.peer.fit_since = self.peer.heard_at - since
        self.peer.fit_at = self.peer.heard_at if self.peer.told.fit else self.peer.fit_at

    def server(self, number):
        status, locked = self.status.get(number, "running"), number in self.locked
        return Server(number, "n%d" % number, status, locked, "10.0.1.%d" % number, list(self.aliases[number]))

    # -- the core's commands

    def gather(self):
        self.state.facts = Facts(self.now, 1.8e9 + self.now, **self.facts)

    def perform(self, steps):
        return drive(steps, self.carry_out, self.gather)

    def carry_out(self, command):
        self.done.append(command)
        if len(self.done) > MOST_COMMANDS:
            raise KeyboardInterrupt("a loop without an end: %s" % self.kinds()[-20:])
        return self.answer(command)

    def answer(self, command):
        """The test's: a value, an error, a function of the command, or a list of them, one after the other."""
        kind = command if isinstance(command, (Do, Question)) else type(command)
        found = self.answers.get(kind, [])
        if isinstance(found, list):
            if not found:
                return self.usual(kind, command)
            found = found.pop(0)
        if isinstance(found, Exception):
            raise found
        return found(command) if callable(found) else found

    def usual(self, kind, command):
        if kind in (ReadOne, ReadTwo, ReadMembers, ReadAt):
            return self.read(command)
        if kind is Pause:
            self.now += max(0.0, command.seconds)
        if kind in (Take, Add) and self.locked:
            raise ApiError("locked", "another action runs")
        if kind is Take:
            self.aliases[command.owner.id].remove(VIP)
        if kind is Add:
            self.aliases[ME].append(VIP)
        if kind in (Take, Add, Look):
            return {"id": 1, "status": "success"}
        usual = {
            SetYield: True, ReadFlag: False, NicChanged: False, Answered: True,
            Do.AWAIT_DEMOTION: True, Do.IS_MASTER: True, Do.SYSTEM_STOPS: False, Do.ASK_IN_PEACE: False,
            Do.READ_METADATA: self.aliases[ME],
            Do.LOOK_AROUND: Surroundings("active", 100.0, False, False, None, True, {}, True),
            Question.PEER_ANSWERS: True, Question.KEEPALIVED_IS_DEAD: False,
        }
        return usual.get(kind)

    def read(self, command):
        if isinstance(command, ReadOne):
            return self.server(command.server_id)
        if isinstance(command, ReadTwo):
            return Reading(self.server(command.one), self.now), Reading(self.server(command.other), self.now)
        servers = [self.server(number) for number in self.aliases]
        if isinstance(command, ReadAt):
            return next((one for one in servers if one.address == command.address), None)
        return [Member("server", one.id, one.address, one.aliases, one) for one in servers]

    def turn(self, master=None, **seen):
        """One look at the NIC. master: what is there, by default what the agent takes itself for."""
        master = self.state.role.master if master is None else master
        self.done.clear()
        self.perform(decide(self.state, Seen(**{"found": True, "nic": "2 ens10\n", "master": master, **seen})))
        return self.done

    def lines(self):
        return [one.text for one in self.done if isinstance(one, Log)]

    def kinds(self):
        return [one if isinstance(one, (Do, Question)) else type(one) for one in self.done]
