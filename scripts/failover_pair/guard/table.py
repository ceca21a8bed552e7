"""Makes the table `failover-pair-guard` (guard/rules.py): the guard does, and the bridge before it makes a tunnel.

Both make the same, so it does not matter which one is first.
"""

from __future__ import annotations

import pwd

from failover_pair import kernel
from failover_pair.guard.rules import TABLE, ruleset

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.kernel import Settings

AGENT_USER = "failover-agent"


def agent_users() -> set[int]:
    """Who may speak for the agent: root, and the agent's own user."""
    try:
        return {0, pwd.getpwnam(AGENT_USER).pw_uid}
    except KeyError:
        return {0}


def ensure(config: Settings) -> None:
    """Makes the table unless it is there. Raises Problem."""
    nic = kernel.nic_with(config["address"])
    mark, text = ruleset(config, nic["ifname"] if nic else None, kernel.inner(config), agent_users())
    if not kernel.table_is(TABLE, mark):
        kernel.load_table(TABLE, text)


def remove() -> None:
    kernel.remove_table(TABLE)
