"""What a keepalived.conf says. Pure."""

from __future__ import annotations

import re


def terms(conf: str) -> dict[str, str]:
    """What two nodes have to agree upon to believe each other's adverts, by name."""
    words = r"^\s*(virtual_router_id|unicast_src_ip|unicast_peer|virtual_ipaddress)\b[\s{]*([\d.]+)"
    return dict(re.findall(words, conf, re.MULTILINE))


def scripts(conf: str) -> list[str]:
    """The names of the checks in a configuration."""
    return re.findall(r"(?m)^vrrp_script (\S+) \{$", conf)


def without_power(conf: str, names: list[str]) -> str:
    """The same, but these checks change a priority, which moves nothing, and do not make a fault yet."""
    for name in names:
        block = re.compile(r"(?ms)^(vrrp_script %s \{$.*?^\s*weight )0$" % re.escape(name))
        conf = block.sub(lambda found: found[1] + "1", conf)
    return conf
