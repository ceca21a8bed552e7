/** Firewalls, routes and services on the two nodes, and where a question's journey ends because of them. */
import { VIPS, type TwoNodes } from "./twoNodes";

export const INNER = /on holder between its NIC and the tunnel/;
const HOLDER_BACK = /on holder between the tunnel and its NIC, on the way back/;
const OWN = /on asker between the tunnel and the service/;
const TUNNEL = /in the tunnel from holder to asker/;
const CARRIED = null;

interface Situation {
    what: string;
    prepare: (ground: TwoNodes) => Promise<unknown>;
    /** Where the journey ends; null: it gets through. */
    ends: RegExp | null;
    ports?: string[];
    /** The port that a client connects to after the failover; 80 by default. */
    port?: number;
}

const DOCKER = "table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }";

export const SITUATIONS: Situation[] = [
    { what: "nothing in the way", prepare: () => Promise.resolve(), ends: CARRIED },
    {
        what: "Docker's policy of FORWARD on the holder",
        prepare: (ground) => ground.run("holder", `nft '${DOCKER}'`),
        ends: /on holder between its NIC and the tunnel \(chain ip filter FORWARD drops by default\)/,
    },
    {
        what: "the same policy in the legacy tables, which nft does not show",
        prepare: (ground) => ground.run("holder", "iptables-legacy -P FORWARD DROP"),
        ends: INNER,
    },
    {
        what: "a port that iptables' newer tables refuse",
        prepare: (ground) => ground.run("holder", "iptables-nft -A FORWARD -p tcp -m tcp --dport 80 -j REJECT"),
        ends: /between its NIC and the tunnel/,
    },
    {
        what: "a last rule that rejects",
        prepare: (ground) =>
            ground.filter("holder", "forward", "ip protocol icmp accept; reject with icmp type admin-prohibited"),
        ends: /between its NIC and the tunnel \(chain inet theirs-forward theirs has a rule that rejects\)/,
    },
    {
        what: "a last rule that rejects with a reset",
        prepare: (ground) =>
            ground.filter("holder", "forward", "ip protocol icmp accept; meta l4proto tcp reject with tcp reset"),
        ends: INNER,
    },
    {
        what: "a last rule that rejects like a closed port, and no port known",
        prepare: (ground) => ground.filter("holder", "forward", "ip protocol icmp accept; reject"),
        ports: [],
        ends: INNER,
    },
    {
        what: "a filter on the asker that refuses packets to unknown addresses",
        prepare: (ground) =>
            ground.filter("asker", "output", "ip daddr 169.254.0.0/16 meta l4proto tcp reject with tcp reset"),
        ports: [],
        port: 0,
        ends: /on asker before its NIC/,
    },
    {
        what: "a policy that drops, with a rule that lets the tunnel's packets through",
        prepare: (ground) =>
            ground.filter("holder", "forward", "policy drop; iifname vip-tunnel accept; oifname vip-tunnel accept"),
        ends: CARRIED,
    },
    {
        what: "one port dropped in the holder's forward",
        prepare: (ground) => ground.filter("holder", "forward", "tcp dport 443 drop"),
        ports: ["80/tcp", "443/tcp"],
        port: 443,
        ends: /10\.0\.1\.1 \(443\/tcp\): the journey ends on holder between its NIC/,
    },
    {
        what: "a dropped port that the question does not ask at",
        prepare: (ground) => ground.filter("holder", "forward", "tcp dport 444 drop"),
        ports: ["80/tcp", "443/tcp"],
        ends: CARRIED,
    },
    {
        what: "one port dropped in the asker's input",
        prepare: (ground) => ground.filter("asker", "input", "tcp dport 80 drop"),
        ends: OWN,
    },
    {
        what: "the answers dropped in the holder's forward",
        prepare: (ground) => ground.filter("holder", "forward", "oifname e0 tcp sport 80 drop"),
        ends: HOLDER_BACK,
    },
    {
        what: "the answers dropped in the holder's postrouting",
        prepare: (ground) => ground.filter("holder", "postrouting", "tcp sport 80 drop", 300),
        ends: HOLDER_BACK,
    },
    {
        what: "the answers dropped in the asker's output",
        prepare: (ground) => ground.filter("asker", "output", "tcp sport 80 drop"),
        ends: OWN,
    },
    {
        what: "a drop in the holder's raw table",
        prepare: (ground) => ground.filter("holder", "prerouting", "tcp dport 80 drop", -300),
        ends: INNER,
    },
    {
        what: "a drop in the holder's mangle table, on the way to the tunnel",
        prepare: (ground) => ground.filter("holder", "postrouting", "oifname vip-tunnel drop", -150),
        ends: INNER,
    },
    {
        what: "a stateful firewall on both nodes that lets in port 80",
        prepare: async (ground) => {
            const input =
                "policy drop; ct state established,related accept; iif lo accept; udp dport 24789 accept; tcp dport 80 accept";
            await ground.filter("holder", "input", input);
            await ground.filter("asker", "input", input);
        },
        ends: CARRIED,
    },
    {
        what: "a stateful output filter on both nodes",
        prepare: async (ground) => {
            const output =
                "policy drop; ct state established,related accept; udp dport 24789 accept; ip daddr 169.254.73.8/29 accept";
            await ground.filter("holder", "output", output);
            await ground.filter("asker", "output", output);
        },
        ends: CARRIED,
    },
    {
        what: "rules on both nodes that drop packets without a valid state",
        prepare: async (ground) => {
            for (const hook of ["input", "forward", "output"]) {
                await ground.filter("holder", hook, "ct state invalid drop");
                await ground.filter("asker", hook, "ct state invalid drop");
            }
        },
        ends: CARRIED,
    },
    {
        what: "a filter on the asker that drops the tunnel's port",
        prepare: (ground) => ground.filter("asker", "input", "udp dport 24789 drop"),
        ends: TUNNEL,
    },
    {
        what: "the holder's UDP 24789 dropped in its output",
        prepare: (ground) => ground.filter("holder", "output", "udp dport 24789 drop"),
        ends: TUNNEL,
    },
    {
        what: "the tunnel's port dropped on the way back",
        prepare: (ground) => ground.filter("holder", "input", "udp dport 24789 drop"),
        ends: /in the tunnel from asker back to holder/,
    },
    {
        what: "strict reverse paths on both nodes",
        prepare: async (ground) => {
            for (const node of ["holder", "asker"]) {
                await ground.run(node, "sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1");
            }
        },
        ends: CARRIED,
    },
    {
        what: "another program's masquerading on the holder",
        prepare: (ground) =>
            ground.run(
                "holder",
                "nft 'table ip theirs { chain p { type nat hook postrouting priority 100; oifname e0 masquerade; }; }'",
            ),
        ends: CARRIED,
    },
    {
        what: "a foreign routing rule that drops marked packets",
        prepare: (ground) => ground.run("asker", "ip rule add pref 100 fwmark 0x2000000/0x2000000 blackhole"),
        ends: CARRIED,
    },
    {
        what: "a foreign routing rule that drops the holder's packets to the tunnel",
        prepare: (ground) =>
            ground.run(
                "holder",
                `ip rule add pref 100 iif e0 to ${VIPS[0]} blackhole; ip rule add pref 100 iif e0 to 169.254.73.8/29 blackhole`,
            ),
        ends: INNER,
    },
    {
        what: "a container on both nodes",
        prepare: async (ground) => {
            await ground.container("holder", 1);
            await ground.container("asker", 2);
        },
        ports: ["8080/tcp"],
        port: 8080,
        ends: CARRIED,
    },
    {
        what: "containers on both nodes, and a forward policy on the asker that drops their packets",
        prepare: async (ground) => {
            await ground.container("holder", 1);
            await ground.container("asker", 2);
            await ground.filter("asker", "forward", "policy drop");
        },
        ports: ["8080/tcp"],
        port: 8080,
        ends: OWN,
    },
    {
        what: "a container on the holder alone",
        prepare: (ground) => ground.container("holder", 1),
        ports: ["8080/tcp"],
        port: 8080,
        ends: /the service on asker refuses 10\.0\.1\.1 \(8080\/tcp\)/,
    },
    {
        what: "a port without a listener",
        prepare: () => Promise.resolve(),
        ports: ["81/tcp"],
        port: 81,
        ends: /the service on asker refuses 10\.0\.1\.1 \(81\/tcp\)/,
    },
    { what: "no port known", prepare: () => Promise.resolve(), ports: [], ends: CARRIED },
    {
        what: "no port known, and a firewall that lets in nothing but the tunnel",
        prepare: (ground) =>
            ground.filter(
                "asker",
                "input",
                "policy drop; ct state established,related accept; udp dport 24789 accept; tcp dport 80 accept",
            ),
        ports: [],
        ends: CARRIED,
    },
    { what: "a service that speaks UDP", prepare: () => Promise.resolve(), ports: ["53/udp"], ends: CARRIED },
    {
        what: "all UDP dropped by the holder",
        prepare: (ground) => ground.filter("holder", "forward", "meta l4proto udp drop"),
        ports: ["53/udp"],
        port: 0,
        ends: /10\.0\.1\.1 \(UDP\): the journey ends on holder between its NIC/,
    },
];
