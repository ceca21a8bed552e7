"""Every kind of fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cloud_faults import (
    api_unreachable,
    claims,
    crowded,
    drained,
    foreign,
    gives_away,
    locked,
    metadata_silent,
    moves,
    read_lag,
    slow_api,
    sometimes,
    strips,
)
from sim.faults import (
    agent_frozen,
    agent_killed,
    agent_restart,
    keepalived_frozen,
    keepalived_killed,
    keepalived_reload,
    keepalived_restart,
    loss,
    node_frozen,
    one_way,
    partition,
    power_off,
    reboot,
    service_down,
    service_restart,
    talk_cut,
    vrrp_cut,
)

if TYPE_CHECKING:
    from sim.faults import Fault

CHANCES = [
    sometimes("lose_answer", "%d %% of the API's answers are lost", [0.1, 0.5]),
    sometimes("lose_request", "%d %% of the requests are lost", [0.1, 0.5]),
    sometimes("server_error", "%d %% of the requests fail", [0.2, 0.7]),
    sometimes("rate_limit", "%d %% of the requests are too many", [0.2, 0.7]),
    sometimes("fail_action", "%d %% of the actions fail", [0.3, 0.8]),
    sometimes("hang_action", "%d %% of the actions hang", [0.3, 0.8]),
]
FAULTS: list[Fault] = [
    service_down,
    service_restart,
    keepalived_restart,
    keepalived_killed,
    keepalived_reload,
    keepalived_frozen,
    agent_killed,
    agent_restart,
    agent_frozen,
    node_frozen,
    power_off,
    reboot,
    partition,
    one_way,
    vrrp_cut,
    talk_cut,
    loss,
    api_unreachable,
    *CHANCES,
    slow_api,
    locked,
    read_lag,
    metadata_silent,
    drained,
    claims,
    strips,
    moves,
    gives_away,
    foreign,
    crowded,
]
# while one of these lasts, an agent may well be unable to move the alias
HINDER = [*CHANCES, api_unreachable, slow_api, locked, read_lag, metadata_silent, gives_away, crowded]
# the operator may put the alias where an older MASTER is
BY_HAND = [claims, moves, gives_away, strips]
