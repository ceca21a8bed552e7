"""Carries out what the agent's decisions ask for, one command at a time."""

from __future__ import annotations

import contextlib
import random
import time

from failover_pair import readers
from failover_pair.api.errors import pause_after
from failover_pair.checks import refused_checks
from failover_pair.claim_commands import Gate, Pause, Tell
from failover_pair.claiming import requests
from failover_pair.clock import NEVER
from failover_pair.core.commands import (
    Answered,
    AskFor,
    Do,
    Log,
    NicChanged,
    Promoted,
    ReadAt,
    ReadFlag,
    Release,
    Say,
    SetYield,
    Surroundings,
    WatchPeace,
)
from failover_pair.core.state import Facts
from failover_pair.driving import drive
from failover_pair.journal import log
from failover_pair.metadata import metadata_aliases
from failover_pair.nic import answers, is_master, nic_changed
from failover_pair.policy import Question
from failover_pair.readers import read_flag
from failover_pair.runfiles import write_flag
from failover_pair.systemd import DEAD, systemd_says, unit_now
from failover_pair.waiting import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from failover_pair.config import Config
    from failover_pair.core.commands import Command, Steps
    from failover_pair.core.state import State
    from failover_pair.outside import Outside

    T = TypeVar("T")

KEEPALIVED = "keepalived.service"
DEMOTED_SECONDS = 0.5  # within which keepalived reacts to its track file


class Chance:
    pause_after = staticmethod(pause_after)

    @staticmethod
    def share() -> float:
        return random.uniform(0.8, 1)


def facts(outside: Outside) -> Facts:
    api, journeys = outside.api, outside.journeys
    standstill = outside.standstill
    values = (
        standstill.look(),
        time.time(),
        api.latency,
        api.requests,
        api.left,
        api.limit,
        outside.bridge.told,
        journeys.due if journeys else NEVER,
        journeys.explaining.until if journeys else NEVER,
        standstill.began,
        standstill.ended,
    )
    return Facts._make(values)


class Hands:
    """`gate()` raises Demoted and is asked before each change; `pause(seconds)` too."""

    def __init__(
        self,
        outside: Outside,
        state: State,
        publish: Callable[[], None],
        gate: Callable[[], None],
        pause: Callable[[float], None],
    ) -> None:
        self.outside, self.state, self.config = outside, state, outside.config
        self.plain = {Do.PUBLISH: publish, **self.of_this_node(), **self.of_the_bridge()}
        self.kinds: dict[type, Callable[..., Any]] = {
            Gate: gate,
            Pause: pause,
            **requests(outside.api, self.config.vips),
            **self.with_values(),
        }

    def of_this_node(self) -> dict[Do, Callable[[], Any]]:
        outside, config = self.outside, self.config
        return {
            Do.BEAT: outside.talk.beat,
            Do.HEAR: outside.talk.hear,
            Do.AWAIT_DEMOTION: lambda: wait_until(lambda: not is_master(config), DEMOTED_SECONDS, step=0.002),
            Do.IS_MASTER: lambda: is_master(config),
            Do.SYSTEM_STOPS: lambda: systemd_says("is-system-running") == "stopping",
            Do.READ_METADATA: lambda: metadata_aliases(config),
            Do.LOOK_AROUND: lambda: surroundings(config, outside.api.token_valid),
        }

    def of_the_bridge(self) -> dict[Do, Callable[[], Any]]:
        journeys = self.outside.journeys
        if journeys is None:
            return {}
        return {
            Do.ASK: journeys.questions.ask,
            Do.FORGET: journeys.questions.forget,
            Do.FAILED_OVER: journeys.failed_over,
            Do.CARRIES: journeys.carries,
            Do.ASK_IN_PEACE: journeys.tick,
            Do.CONCLUDE: journeys.explaining.conclude,
        }

    def with_values(self) -> dict[type, Callable[..., Any]]:
        outside, config, api = self.outside, self.config, self.outside.api
        return {
            Log: log,
            Say: self.say,
            Tell: outside.bridge.tell,
            SetYield: self.set_yield,
            WatchPeace: lambda on: outside.carrier.begins() if on else outside.carrier.rests(),
            Answered: lambda until: outside.carrier.questions.answered(until),
            Promoted: outside.talk.promoted,
            ReadFlag: lambda name: read_flag(config.run(name)),
            NicChanged: lambda nic: nic_changed(config, nic),
            AskFor: self.ask_for,
            ReadAt: api.server_at,
            Release: lambda vips, own, peer: api.take_aliases(own.server, vips, own, peer),
        }

    def gather(self) -> None:
        self.state.facts = facts(self.outside)

    def perform(self, steps: Steps[T]) -> T:
        """What the decision returns."""
        return drive(steps, self.carry_out, self.gather)

    def carry_out(self, command: Command) -> Any:
        if isinstance(command, Do):
            return self.plain[command]()
        if command is Question.PEER_ANSWERS:
            return answers(self.config)
        if command is Question.KEEPALIVED_IS_DEAD:
            return unit_now(KEEPALIVED).state in DEAD
        return self.kinds[type(command)](*command)

    def say(self, said: dict[str, Any]) -> None:
        talk, journeys = self.outside.talk, self.outside.journeys
        if journeys:
            talk.journey = None if said["master"] else journeys.believed()
        explaining = journeys and journeys.explaining
        talk.say(asks=explaining and explaining.asks, account=explaining and explaining.account, **said)

    def set_yield(self, value: int) -> bool:
        try:
            write_flag(self.config.run("yield"), value)
            return True
        except OSError as error:
            log("keepalived cannot be told: %s" % error, 4)
            return False

    def ask_for(self, name: str) -> None:
        with contextlib.suppress(OSError), open(self.config.run(name), "w") as file:
            file.write("%s\n" % time.time())


def surroundings(config: Config, token_valid: bool | None) -> Surroundings:
    keepalived = unit_now(KEEPALIVED)
    noted = readers.read_fields(config.run("tracking.json"), readers.TRACKING)
    return Surroundings(
        keepalived=keepalived.state,
        keepalived_for=keepalived.active_for,
        drained=read_flag(config.run("drain")),
        yields=read_flag(config.run("yield")),
        service_flag=read_flag(config.run("service")) if config.service else None,
        watched=noted.get("watched"),
        refused={**(noted.get("refused") or {}), **refused_checks(config)},
        token_valid=token_valid,
    )
