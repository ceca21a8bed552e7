"""What nftables has to hold for the bridge: the table `failover-pair` as text. Pure.

Besides what the tunnel may carry it has the rules of the journey (see journey.py): they translate a question on its way, count
it at eight places, and let only an answer through that this node's own service gave: no reset and no ICMP error (the one with
a stand-in, 169.254.73.8/29, as destination of what it quotes) of a filter on the way. They translate without connection tracking where they can, at priorities before and after the rules of others, so that those see a client's packet.
"""

from __future__ import annotations

import hashlib

from failover_pair import journey
from failover_pair.guard.rules import CHECKED, LAST, LET_IN, MARK_MASK, PORT, TALK_PORT, TUNNEL, hexadecimal

TYPE_CHECKING = False  # importing typing takes 5 ms
if TYPE_CHECKING:
    from collections.abc import Iterable

    from failover_pair.kernel import Settings

TABLE = "failover-pair"
# this connection came out of the tunnel, so its answers go into it; the pair's bits are told in guard/rules.py
MARK = 0x01000000

BODY = """
    counter asked {{ }}
    counter in_nic {{ }}
    counter in_tunnel {{ }}
    counter arrived {{ }}
    counter served {{ }}
    counter out_tunnel {{ }}
    counter out_nic {{ }}
    counter answered {{ }}
    set served_tcp {{
        type ipv4_addr . inet_service . inet_service
        size 65535
        flags dynamic,timeout
        timeout 2s
    }}
    set served_udp {{
        type ipv4_addr . inet_service . inet_service
        size 65535
        flags dynamic,timeout
        timeout 2s
    }}
    chain input {{
        type filter hook input priority -150; policy accept;
        iifname != "{tunnel}" udp dport {echo} drop
        iifname != "{tunnel}" accept
        ip saddr {peer} ip daddr {{ {vips} }} tcp dport {probe} reject with tcp reset
        ip saddr {peer_address} tcp sport {asking} tcp dport {probe} reject with tcp reset
        ip saddr {peer} ip daddr {{ {vips} }} drop
        ip daddr {{ {vips} }} accept
        ct direction original ct status dnat ct original ip daddr {{ {vips} }} accept
        ip saddr {{ {vips} }} ip daddr {own} tcp sport {probe} accept
        ip saddr {peer} ip daddr {own} udp dport {talk} accept
        drop
    }}
    chain checked {{
        type filter hook input priority {last}; policy accept;
        udp dport {port} meta mark & {mask} == {let_in} meta mark set meta mark & {rest} | {checked}
    }}
    chain forward {{
        type filter hook forward priority -150; policy accept;
        iifname "{nic}" oifname "{tunnel}" ip daddr {{ {vips} }} {mss}
        iifname "{nic}" oifname "{tunnel}" ip daddr {{ {vips} }} accept
        iifname "{nic}" oifname "{tunnel}" ip saddr {peer_address} ip daddr {{ {stand_ins} }} accept
        iifname "{tunnel}" oifname "{nic}" ip saddr {{ {vips} }} {mss}
        iifname "{tunnel}" oifname "{nic}" ip saddr {{ {vips} }} accept
        iifname "{tunnel}" oifname "{nic}" ip saddr {{ {stand_ins} }} ip daddr {peer_address} accept
        iifname "{tunnel}" oifname != "{tunnel}" ct direction original ct status dnat ct original ip daddr {{ {vips} }} accept
        oifname "{tunnel}" ct direction reply ct mark & {mask} == {mark} ct original ip daddr {{ {vips} }} {mss}
        oifname "{tunnel}" ct direction reply ct mark & {mask} == {mark} ct original ip daddr {{ {vips} }} accept
        iifname "{tunnel}" drop
        oifname "{tunnel}" drop
{others}    }}
    chain journey_in {{
        type filter hook prerouting priority -310; policy accept;
        ip saddr {range} drop
        iifname {{ "{nic}", "{tunnel}" }} ip daddr {range} drop
        icmp type {{ destination-unreachable, time-exceeded, parameter-problem }} @th,192,32 & 0xfffffff8 == 0xa9fe4908 drop
        iifname "{nic}" ip saddr {peer_address} ip daddr {{ {vips} }} tcp sport {real} jump real
        iifname "{nic}" ip saddr {peer_address} ip daddr {{ {vips} }} udp sport {real} jump real
        iifname "{nic}" ip saddr {peer_address} ip daddr {{ {vips} }} tcp sport {peace} jump peace
        iifname "{nic}" ip saddr {peer_address} ip daddr {{ {vips} }} udp sport {peace} jump peace
        iifname "{tunnel}" ip saddr {{ {vips} }} ip daddr {address} tcp dport {asking} jump back
        iifname "{tunnel}" ip saddr {{ {vips} }} ip daddr {address} udp dport {asking} jump back
        iifname "{tunnel}" ip saddr {address} ip daddr {{ {vips} }} tcp sport {asking} jump arrive
        iifname "{tunnel}" ip saddr {address} ip daddr {{ {vips} }} udp sport {asking} jump arrive
        iifname "{nic}" ip saddr {{ {vips} }} ip daddr {address} tcp dport {asking} ip saddr . tcp sport . tcp dport != @served_tcp drop
        iifname "{nic}" ip saddr {{ {vips} }} ip daddr {address} udp dport {asking} ip saddr . udp sport . udp dport != @served_udp drop
        iifname "{nic}" ip saddr {{ {vips} }} ip daddr {address} tcp dport {asking} counter name answered ip saddr set ip saddr map {{ {to_stand_ins} }}
        iifname "{nic}" ip saddr {{ {vips} }} ip daddr {address} udp dport {asking} counter name answered ip saddr set ip saddr map {{ {to_stand_ins} }}
    }}
    chain real {{
        {syn} counter name in_nic
        ip protocol udp counter name in_nic
        fib daddr type local drop
    }}
    chain peace {{
        {syn} counter name in_nic
        ip protocol udp counter name in_nic
        fib daddr type local ip daddr set ip daddr map {{ {to_stand_ins} }}
    }}
    chain back {{
        counter name out_tunnel
        fib saddr type local ip saddr set ip saddr map {{ {to_stand_ins} }}
        ip daddr set {peer_address}
    }}
    chain arrive {{
        {syn} counter name arrived
        ip protocol udp counter name arrived
        ip saddr set {peer_address}
    }}
    chain marks {{
        type filter hook prerouting priority -140; policy accept;
        iifname "{tunnel}" ip daddr {{ {vips} }} ct mark set ct mark & {rest} | {mark}
        iifname "{tunnel}" return
        iifname "{nic}" ip daddr {{ {vips} }} ct direction original ct mark & {mask} != 0 ct mark set ct mark & {rest}
        ct direction reply ct mark & {mask} == {mark} meta mark set meta mark & {rest} | {mark}
    }}
    chain answers {{
        type route hook output priority -140; policy accept;
        ct direction reply ct mark & {mask} == {mark} meta mark set meta mark & {rest} | {mark}
    }}
    chain untranslated {{
        type nat hook prerouting priority -110; policy accept;
        iifname "{nic}" ip daddr {{ {vips} }} fib daddr type != local dnat to ip daddr map {{ {to_vips} }}
        iifname "{nic}" ip saddr {peer_address} ip daddr {{ {stand_ins} }} dnat to ip daddr map {{ {to_same} }}
        iifname "{tunnel}" ip saddr {peer_address} ip daddr {{ {vips} }} udp sport {asking} udp dport {echo} dnat to {own}
    }}
    chain delivered {{
        type nat hook prerouting priority -90; policy accept;
        iifname "{tunnel}" ip saddr {peer_address} ip daddr {{ {vips} }} tcp sport {peace} fib daddr type != local dnat to {address}
    }}
    chain journey_out {{
        type filter hook postrouting priority 1000; policy accept;
        oifname "{nic}" ip saddr {address} ip daddr {{ {stand_ins} }} tcp sport {asking} tcp flags & (syn | rst) == 0 drop
        oifname "{nic}" ip saddr {address} ip daddr {{ {stand_ins} }} tcp sport {asking} jump ask
        oifname "{nic}" ip saddr {address} ip daddr {{ {stand_ins} }} udp sport {asking} jump ask
        oifname "{tunnel}" ip saddr {{ {vips} }} ip daddr {peer_address} tcp dport {asking} update @served_tcp {{ ip saddr . tcp sport . tcp dport }} counter name served
        oifname "{tunnel}" ip saddr {{ {vips} }} ip daddr {peer_address} udp dport {asking} update @served_udp {{ ip saddr . udp sport . udp dport }} counter name served
        oifname "{tunnel}" ip saddr {peer_address} ip daddr {{ {vips}, {stand_ins} }} tcp sport {asking} jump carry
        oifname "{tunnel}" ip saddr {peer_address} ip daddr {{ {vips}, {stand_ins} }} udp sport {asking} jump carry
        oifname "{nic}" iifname "{tunnel}" ip saddr {{ {vips}, {stand_ins} }} ip daddr {peer_address} tcp dport {asking} counter name out_nic ip saddr set ip saddr map {{ {to_vips} }}
        oifname "{nic}" iifname "{tunnel}" ip saddr {{ {vips}, {stand_ins} }} ip daddr {peer_address} udp dport {asking} counter name out_nic ip saddr set ip saddr map {{ {to_vips} }}
    }}
    chain ask {{
        {syn} counter name asked
        ip protocol udp counter name asked
        ip daddr set ip daddr map {{ {to_vips} }}
    }}
    chain carry {{
        {syn} counter name in_tunnel
        ip protocol udp counter name in_tunnel
        ip daddr set ip daddr map {{ {to_vips} }}
    }}
"""


def pairs(entries: Iterable[tuple[str, str]]) -> str:
    return ", ".join("%s : %s" % entry for entry in entries)


def span(low: int, high: int) -> str:
    return "%d-%d" % (low, high)


def ruleset(config: Settings, nic: str, own: str, peer: str, routes_others: bool) -> tuple[str, str]:
    """(a mark that tells every difference, the table's text). own, peer: the addresses in the tunnel. Filters at priority
    -150: before those of others, whose own refusals still hold."""
    vips = config["vips"]
    stand_ins = [journey.stand_in(index) for index in range(len(vips))]
    body = BODY.format(
        port=PORT,
        nic=nic,
        tunnel=TUNNEL,
        address=config["address"],
        peer_address=config["peerAddress"],
        vips=", ".join(vips),
        stand_ins=", ".join(stand_ins),
        range=journey.STAND_INS,
        own=own,
        peer=peer,
        probe=journey.PAIR_PORT,
        echo=journey.ECHO_PORT,
        talk=TALK_PORT,
        real=span(*journey.REAL_PORTS),
        peace=span(*journey.PEACE_PORTS),
        asking=span(journey.REAL_PORTS[0], journey.PEACE_PORTS[1]),
        to_stand_ins=pairs(zip(vips, stand_ins)),
        to_vips=pairs([*zip(stand_ins, vips), *zip(vips, vips)]),
        to_same=pairs(zip(stand_ins, stand_ins)),
        last=LAST + 1,
        mark=hexadecimal(MARK),
        mask=hexadecimal(MARK_MASK),
        rest=hexadecimal(0xFFFFFFFF ^ MARK_MASK),
        let_in=hexadecimal(LET_IN),
        checked=hexadecimal(CHECKED),
        mss="tcp flags syn tcp option maxseg size set rt mtu",
        syn="tcp flags & (syn | rst | ack) == syn",
        # a node that was not a router has not become one
        others="" if routes_others else '        iifname "%s" drop\n' % nic,
    )
    mark = hashlib.sha256(body.encode()).hexdigest()[:16]
    return mark, 'table ip %s {\n    comment "%s"\n%s}\n' % (TABLE, mark, body)
