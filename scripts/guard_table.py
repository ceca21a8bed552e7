"""Makes the table `failover-pair-guard` (guard_rules.py): the guard does, and the bridge before it makes a tunnel.

Both make the same, so it does not matter which one is first. Python 3.9 or newer.
"""

import pwd

import kernel
from guard_rules import TABLE, ruleset

AGENT_USER = "failover-agent"


def agent_users():
    """Who may speak for the agent: root, and the agent's own user."""
    try:
        return {0, pwd.getpwnam(AGENT_USER).pw_uid}
    except KeyError:
        return {0}


def ensure(config):
    """Makes the table unless it is there. Raises Problem."""
    nic = kernel.nic_with(config["address"])
    mark, text = ruleset(config, nic and nic["ifname"], kernel.inner(config), agent_users())
    if not kernel.table_is(TABLE, mark):
        kernel.load_table(TABLE, text)


def remove():
    kernel.remove_table(TABLE)
