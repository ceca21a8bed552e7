"""The private NIC: which one it is, which VIPs are on it, and whether the peer answers through it."""

from __future__ import annotations

import socket

from failover_pair.netlink import list_addresses
from failover_pair.readers import read_text

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.config import Config


def vips_on_nic(config: Config) -> tuple[int | None, list[str]]:
    """(interface index or None, the VIPs on it): the NIC is the one that has the node's own address."""
    addresses = list_addresses()
    index = next((index for index, address in addresses if address == config.address), None)
    return index, [vip for vip in config.vips if index is not None and (index, vip) in addresses]


def nic_text(index: int | None) -> str:
    """Which NIC that is, by number and name, as the run folder's file `interface` says it; 0 for none."""
    try:
        return "%d %s\n" % (index, socket.if_indextoname(index)) if index else "0\n"
    except OSError:
        return "0\n"


def nic_changed(config: Config, nic: str) -> bool:
    """Whether keepalived has started with another NIC; not where that is not known."""
    return read_text(config.run("interface"), 256) not in (None, nic, nic.split()[0] + "\n")


def is_master(config: Config) -> bool:
    """By the first VIP, which never changes: the others come and go while keepalived and the agent learn it one by
    one."""
    return config.vips[0] in vips_on_nic(config)[1]


def answers(config: Config, seconds: float = 0.5) -> bool:
    """Whether the peer answers at all on its private address, be it with a refusal: then VRRP gets through as well."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with probe:
        try:
            probe.settimeout(seconds)
            probe.bind((config.address, 0))
            probe.connect((config.peerAddress, 22))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        return True
