"""Everything that the agent remembers from one decision to the next."""

from __future__ import annotations

import collections

from failover_pair.clock import LONG_AGO, NEVER
from failover_pair.policy import Dispute, Yielding
from failover_pair.timing import Timing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple, Protocol

    from failover_pair.api.errors import ApiError
    from failover_pair.api.readings import Reading
    from failover_pair.config import Config
    from failover_pair.hearing import Hearing

    class Chance(Protocol):
        """The random source, which is given."""

        def share(self) -> float:
            """How much of a pause is waited."""

        def pause_after(self, error: ApiError, tries: int) -> float: ...
else:
    from failover_pair.records import NamedTuple

NO_NIC = "0\n"  # as the run folder's file `interface` says it


class Facts(NamedTuple):
    """What holds when a step of a decision is made."""

    now: float
    wall: float  # the same by the clock that people set
    latency: float = 0.05  # of a request
    requests: int = 0  # sent since the start
    requests_left: int | None = None
    requests_limit: int | None = None
    told: str | None = None  # the holder that the bridge was told last: "self" or "peer"
    journey_at: float = NEVER  # when the question in peace wants its next step
    explained_at: float = NEVER  # until when the counters of the two nodes are waited for
    stood_still_since: float = LONG_AGO  # the last standstill of this agent that was noticed
    stood_still_until: float = LONG_AGO


class Role:
    """What this node is by its NIC, by keepalived and by the cloud."""

    def __init__(self, saved: dict[str, Any], now: float, advert_interval: float) -> None:
        self.master = bool(saved.get("master"))
        self.confirmed = self.master and bool(saved.get("confirmed"))  # it is the holder
        self.confirmed_at: float | None = None
        self.vrrp: str | None = saved["vrrp"]  # keepalived's word, which may be a moment behind
        self.since: float | None = saved["since"]
        self.state_at = now
        self.promoted_at: float | None = saved["promotedAt"] if self.master else None
        self.drained: bool | None = True  # keepalived left MASTER on purpose, or the reason is unknown
        self.leaving = False  # this server shuts down
        self.nic = NO_NIC
        self.advert_interval = advert_interval
        self.told_vrrp: bool | None = None

    @property
    def state(self) -> str | None:
        """The NIC's word where it has one; keepalived's else."""
        return "MASTER" if self.master else None if self.vrrp == "MASTER" else self.vrrp


class Carried:
    """MASTER, and the peer has the alias and carries."""

    def __init__(self) -> None:
        self.by: str | None = None  # the name of the node that carries packets here
        self.missed = 0  # questions in a row without an answer
        self.beat_at = NEVER  # the next question
        self.follow_at = NEVER  # when the alias follows
        self.gave_back_at = LONG_AGO


class Schedule:
    """When a MASTER looks at what."""

    def __init__(self, now: float) -> None:
        self.check_at = self.verify_at = now  # by the API for a reason; by the metadata service
        self.api_due = self.metadata_at = now  # by the API for a cross-check; not before it by the metadata service
        self.metadata_pause = 0.0
        self.settle_at = NEVER  # both nodes are MASTER
        self.pushed: dict[str, float] = {}  # name of a deadline → until when it is put off


class Backup:
    """When a BACKUP looks at what, and whether it could take over."""

    def __init__(self, now: float, bridged: bool) -> None:
        self.token_at = self.ready_at = now
        self.belief_at = now if bridged else NEVER
        self.not_ready: str | None = "not looked at yet"
        self.watches_peace: bool | None = None  # asks now and then whether a failover to it would be carried
        self.doubts_nic = False  # keepalived has told of a fault


class Claims:
    """What one claim leaves for the next."""

    def __init__(self, config: Config, saved: dict[str, Any], now: float) -> None:
        self.timing = Timing(saved.get("timing"))
        self.peer_id: int | None = None
        self.readings: dict[str, Reading | None] = {}  # of the two servers; each serves for one try only
        self.hurry = False  # a pause ends now
        self.insist = False  # the operator wants the alias here
        self.claimed_at = LONG_AGO
        # VIPs of an earlier configuration: they must not stay with this server, they may be wanted elsewhere
        self.former = [vip for vip in saved.get("vips") or [] if vip not in config.vips]
        self.release_at = now if self.former else NEVER


class Statistics:
    """Counters since the service started."""

    def __init__(self) -> None:
        self.claims = 0
        self.failures: collections.Counter[str] = collections.Counter()
        self.seconds: list[float] = []  # of each claim
        self.wakeups = 0


class Record:
    """What is told of the past."""

    def __init__(self, saved: dict[str, Any]) -> None:
        self.statistics = Statistics()
        self.last_claim: dict[str, Any] | None = saved["lastClaim"]
        self.last_error: dict[str, Any] | None = saved["lastError"]
        self.failures_in_row = 0


class State:
    def __init__(
        self, config: Config, saved: dict[str, Any], facts: Facts, chance: Chance, hearing: Hearing, adverts: float
    ) -> None:
        """saved: agent.json of the agent before. adverts: keepalived's interval."""
        now = facts.now
        self.config, self.facts, self.chance, self.peer = config, facts, chance, hearing
        self.role = Role(saved, now, adverts)
        self.carried = Carried()
        self.schedule = Schedule(now)
        self.backup = Backup(now, self.bridged)
        self.claims = Claims(config, saved, now)
        self.record = Record(saved)
        self.yielding = Yielding()
        # this node claims, even from the peer, until one claim has succeeded; a restart is not a new promotion
        mandate = saved["mandate"] is not False or saved["carriedBy"] is not None
        self.dispute = Dispute(self.role.master and mandate)

    @property
    def now(self) -> float:
        return self.facts.now

    @property
    def bridged(self) -> bool:
        return self.config.bridge is not None

    @property
    def ready(self) -> bool:
        """Whether this node serves, or could take over."""
        if self.role.master:
            return self.role.confirmed or self.carried.by is not None
        return self.backup.not_ready is None
