"""Paths on a node, and what marks files as this project's."""

from __future__ import annotations

LIB = "/usr/local/lib/failover-pair"
PACKAGE = LIB + "/failover-pair.pyz"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOKEN = "/etc/failover-pair/token"
RUN, AGENT = "/run/failover-pair/", "failover-agent"
KEEPALIVED = "/etc/keepalived/keepalived.conf"
AUTHORIZED_KEYS = "/root/.ssh/authorized_keys"
DRAIN = "/run/failover-pair/drain"
ASIDE = "/run/failover-pair/stands-aside"
OURS = b"# Written by FailoverPair"
UNITS = "/etc/systemd/system/"
HOOKS = "*.service.d/failover-pair.conf"
CHECKS, FORMER_CHECKS = "/etc/failover-pair/checks", LIB + "/checks"
