/** The nftables rules of a router. Pure. */
import type { FirewallRule } from "./types";

const BASE = `
table inet cloud {
    set sources { type ifname . ipv4_addr; }
    set routed { type ifname . ipv4_addr; flags interval; }
    set sources6 { type ifname . ipv6_addr; flags interval; }
    set cut { type ifname . ifname; }
    map lossy { type ifname : verdict; }
    chain source {
        type filter hook prerouting priority -300; policy drop;
        iifname "lo" accept
        ip6 saddr { ::, fe80::/10 } accept
        iifname . ip saddr @sources accept
        iifname . ip saddr @routed accept
        iifname . ip6 saddr @sources6 accept
    }
    chain partition {
        type filter hook forward priority -10;
        iifname . oifname @cut drop
    }
    chain loss {
        type filter hook postrouting priority -10;
        oifname vmap @lossy
    }
}`;

/** The router of a private network. It drops packets whose source address does not belong to the sending server. */
export function privateRules(): string[] {
    return BASE.trim().split("\n");
}

/**
 * The internet: the same, and stateful firewalls. Their hooks also see the connections of programs in the internet's
 * own namespace (the engine, an operator's ssh), which are not forwarded but start and end there.
 */
export function internetRules(apiAddress: string): string[] {
    return [
        ...privateRules(),
        ...`
table inet cloud {
    set noapi { type ifname; }
    map inbound { type ifname : verdict; }
    map outbound { type ifname : verdict; }
    chain api {
        type filter hook prerouting priority -10;
        iifname @noapi ip daddr ${apiAddress} drop
    }
    chain fromservers {
        type filter hook prerouting priority 0;
        ct state established,related accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept
        iifname vmap @outbound
    }
    chain toservers {
        type filter hook postrouting priority 0;
        ct state established,related accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
        oifname vmap @inbound
    }
}`
            .trim()
            .split("\n"),
    ];
}

function match(rule: FirewallRule): string {
    switch (rule.protocol) {
        case "tcp":
        case "udp":
            return rule.port === null || rule.port === "any"
                ? `meta l4proto ${rule.protocol}`
                : `${rule.protocol} dport ${rule.port}`;
        case "icmp":
            return "meta l4proto { icmp, ipv6-icmp }";
        case "esp":
        case "gre":
            return `meta l4proto ${rule.protocol}`;
    }
}

function accepts(rule: FirewallRule): string[] {
    const [side, ips] = rule.direction === "in" ? ["saddr", rule.sourceIps] : ["daddr", rule.destinationIps];
    const of = (family: string, members: string[]) =>
        members.length === 0 ? [] : [`${family} ${side} { ${members.join(", ")} } ${match(rule)} accept`];
    return [
        ...of("ip", aggregate(ips.filter((ip) => !ip.includes(":")))),
        ...of("ip6", aggregate(ips.filter((ip) => ip.includes(":")))),
    ];
}

/** nftables refuses a set of overlapping ranges; a zero-length prefix covers all the others. */
function aggregate(ips: string[]): string[] {
    const all = ips.find((ip) => ip.endsWith("/0"));
    return all === undefined ? [...new Set(ips)] : [all];
}

/** Drops a random share of the packets to a server. 0 ends it. */
export function lossLines(device: string, percent: number): string[] {
    const chain = `loss_${device}`;
    const element = `element inet cloud lossy { "${device}" : jump ${chain} }`;
    const perMille = Math.round(percent * 10);
    const drop = `add rule inet cloud ${chain} numgen random mod 1000 <= ${perMille - 1} drop`;
    return [
        `add chain inet cloud ${chain}`,
        `flush chain inet cloud ${chain}`,
        `add ${element}`,
        perMille > 0 ? drop : `delete ${element}`,
    ];
}

/** One transaction that replaces a server's firewall. null removes it. */
export function firewallLines(device: string, rules: FirewallRule[] | null): string[] {
    const lines: string[] = [];
    for (const [direction, map] of [
        ["in", "inbound"],
        ["out", "outbound"],
    ] as const) {
        const chain = `${direction}_${device}`;
        const mine = rules?.filter((rule) => rule.direction === direction) ?? [];
        // delete fails on a missing element, so the element is added first in the same transaction
        lines.push(
            `add chain inet cloud ${chain}`,
            `add element inet cloud ${map} { "${device}" : jump ${chain} }`,
            `delete element inet cloud ${map} { "${device}" : jump ${chain} }`,
            `flush chain inet cloud ${chain}`,
        );
        // with a firewall only allowed packets come in; all packets go out until the first rule for outgoing packets
        if (rules === null || (direction === "out" && mine.length === 0)) {
            continue;
        }
        lines.push(
            ...mine.flatMap(accepts).map((rule) => `add rule inet cloud ${chain} ${rule}`),
            `add rule inet cloud ${chain} drop`,
            `add element inet cloud ${map} { "${device}" : jump ${chain} }`,
        );
    }
    return lines;
}
