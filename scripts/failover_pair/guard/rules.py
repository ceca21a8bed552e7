"""What nftables has to hold before there is a tunnel or a keepalived: the table `failover-pair-guard` as text. Pure.

Of what comes in, the peer's own alone is let through: its adverts, its tunnel's packets and its agent's words, which
must arrive at the private NIC. Of what this node sends to the peer's ports, only the tunnel's own packets and the
agent's words leave it.

Packet marks: the pair's bits are 0x0f000000, and all others are left as they are.
  0x04000000  a packet that goes into the tunnel on this node: its outer packet may leave. Set last, cleared first
  0x02000000  an outer packet of the tunnel that the guard has let in. Set when nothing but the tunnel follows
  0x0a000000  the same, and the bridge's table is there too (bridge/rules.py); bridge/tunnel.py lets
              nothing else out of the tunnel
  0x01000000  a connection that came out of the tunnel, so its answers go into it (bridge/rules.py); as a
              connection's mark too
"""

from __future__ import annotations

import hashlib

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from failover_pair.kernel import Settings

TABLE = "failover-pair-guard"
TUNNEL = "vip-tunnel"
PORT = 24789  # not VXLAN's own, which may be in use by others here; below those that sockets get by chance
TALK_PORT = 24788  # what the agents tell each other
# the tunnel's source ports are privileged: a local user cannot send from them, and 64 of them spread over queues
SOURCE_PORTS = (960, 1023)
MARK_MASK = 0x0F000000
SENT, LET_IN, CHECKED = 0x04000000, 0x02000000, 0x0A000000
LAST = 1000000  # a priority after those of others, so that no rule of theirs sees the mark
VRRP_TTL = 254  # adverts are sent with 255, and the cloud's router may count one hop

BODY = """
    chain arriving {{
        type filter hook prerouting priority -350; policy accept;
        iifname "{tunnel}" meta mark set meta mark & {rest}
        {from_peer} ip protocol 112 ip ttl >= {ttl} accept
        {vrrp_here} ip protocol 112 drop
        ip daddr {address} ip protocol 112 drop
        {from_peer} udp sport {talk} udp dport {talk} accept
        iifname "{tunnel}" ip saddr {peer} ip daddr {own} udp sport {talk} udp dport {talk} accept
        ip daddr {{ {address}, {own} }} udp dport {talk} drop
        {from_peer} udp sport {sources} udp dport {port} accept
        fib daddr type local udp dport {port} drop
    }}
    chain let_in {{
        type filter hook input priority {last}; policy accept;
        {from_peer} udp sport {sources} udp dport {port} meta mark set meta mark & {rest} | {let_in} accept
        udp dport {port} drop
    }}
    chain leaving {{
        type filter hook output priority -350; policy accept;
        udp dport {port} meta mark & {mask} == {sent} meta mark set meta mark & {rest} accept
        ip daddr {peer_address} udp dport {port} drop
        ip daddr {{ {peer_address}, {peer} }} udp dport {talk} meta skuid != {{ {users} }} drop
    }}
    chain entering {{
        type filter hook postrouting priority {last}; policy accept;
        oifname "{tunnel}" meta mark set meta mark & {rest} | {sent}
    }}
"""


def hexadecimal(number: int) -> str:
    return "0x%08x" % number


def ruleset(config: Settings, nic: str | None, ends: list[str], users: set[int]) -> tuple[str, str]:
    """(a mark that tells every difference, the table's text). nic: the name of the NIC that has the address, or None
    while no NIC has it. ends: this node's and the peer's address in the tunnel. users: the ids of those who may speak
    for the agent."""
    others = 'iifname != { "lo", "%s" }' % TUNNEL
    at_nic = 'iifname "%s"' % nic if nic else others
    body = BODY.format(
        address=config["address"],
        peer_address=config["peerAddress"],
        own=ends[0],
        peer=ends[1],
        # before a NIC has the address, nothing that is addressed to it is delivered; the name follows when it is known
        from_peer="%s ip saddr %s ip daddr %s" % (at_nic, config["peerAddress"], config["address"]),
        # other NICs may belong to a keepalived of others
        vrrp_here='iifname { "%s" }' % '", "'.join([TUNNEL, *([nic] if nic else [])]),
        users=", ".join(map(str, sorted(users))),
        tunnel=TUNNEL,
        port=PORT,
        talk=TALK_PORT,
        sources="%d-%d" % SOURCE_PORTS,
        ttl=VRRP_TTL,
        last=LAST,
        mask=hexadecimal(MARK_MASK),
        rest=hexadecimal(0xFFFFFFFF ^ MARK_MASK),
        sent=hexadecimal(SENT),
        let_in=hexadecimal(LET_IN),
    )
    mark = hashlib.sha256(body.encode()).hexdigest()[:16]
    return mark, 'table ip %s {\n    comment "%s"\n%s}\n' % (TABLE, mark, body)
