import { expect } from "chai";
import type { PlainArgs } from "../../../../components/spec/spec";
import { resolveSpec } from "../../../../components/spec/spec";
import { validate } from "../../../../components/spec/validate";
import { NOTHING_GIVEN, spec } from "../pairs";

type Row = [about: string, args: Partial<PlainArgs>, path: string, reason: string];

const RANGE = "not an IPv4 range: write the network address and the prefix length, such as 10.0.1.0/24";
const VIPS = "addresses: a pair has 1 to 5 (a server can hold 5 alias IPs)";

const WRONG: Row[] = [
    ["no virtual IP", { virtualIps: [] }, "virtualIps", `0 ${VIPS}`],
    ["six virtual IPs", { virtualIps: [1, 2, 3, 4, 5, 6].map((i) => `10.0.1.${i}`) }, "virtualIps", `6 ${VIPS}`],
    ["a virtual IP with a prefix length", { virtualIps: ["10.0.1.1/32"] }, "virtualIps[0]", "without a prefix length"],
    [
        "a host name as a virtual IP",
        { virtualIps: ["vip.internal"] },
        "virtualIps[0]",
        `"vip.internal" is not an IPv4 address`,
    ],
    ["an address with a number above 255", { virtualIps: ["10.0.1.256"] }, "virtualIps[0]", "is not an IPv4 address"],
    [
        "a virtual IP twice",
        { virtualIps: ["10.0.1.1", "10.0.1.1"] },
        "virtualIps[1]",
        "10.0.1.1 is already virtualIps[0]",
    ],
    [
        "a virtual IP outside the subnet",
        { virtualIps: ["10.0.1.1", "10.0.2.1"] },
        "virtualIps[1]",
        "10.0.2.1 is not inside the subnet 10.0.1.0/24: choose an address of the subnet, or set subnetRange",
    ],
    [
        "the network's gateway as a virtual IP",
        { virtualIps: ["10.0.0.1"] },
        "virtualIps[0]",
        "10.0.0.1 is the cloud's own gateway",
    ],
    [
        "the public gateway as a virtual IP",
        { virtualIps: ["172.31.1.1"], networkRange: "172.16.0.0/12" },
        "virtualIps[0]",
        "172.31.1.1 is the cloud's own gateway",
    ],
    [
        "the subnet's first address",
        { virtualIps: ["10.0.1.0"] },
        "virtualIps[0]",
        "the first or last address of its subnet",
    ],
    ["the subnet's last address", { virtualIps: ["10.0.1.255"] }, "virtualIps[0]", "the first or last address"],
    [
        "a node's address",
        { nodes: [{ address: "10.0.1.1" }, {}] },
        "nodes[0].address",
        "10.0.1.1 is already virtualIps[0]: choose another address or set nodes[].address",
    ],
    [
        "the same address for both nodes",
        { nodes: [{ address: "10.0.1.7" }, { address: "10.0.1.7" }] },
        "nodes[1].address",
        "10.0.1.7 is already nodes[0].address",
    ],
    [
        "no room for the nodes",
        { virtualIps: ["10.0.1.253"] },
        "nodes[1].address",
        "10.0.1.255 is the first or last address",
    ],
    ["an image that is too old", { image: "debian-11" }, "nodes[0].image", "debian-11 has a keepalived older than 2.2"],
    [
        "an image of another system",
        { image: "rocky-9" },
        "nodes[0].image",
        `"rocky-9" is not a supported image: write the name`,
    ],
    ["a snapshot's id", { image: "130234556" }, "nodes[0].image", "is the id of an image, and its system is unknown"],
    ["an Ubuntu that is too old", { image: "ubuntu-20.04" }, "nodes[0].image", "ubuntu-20.04 has a keepalived older"],
    ["a range with host bits", { subnetRange: "10.0.1.7/24" }, "subnetRange", `"10.0.1.7/24" is ${RANGE}`],
    ["a range without a prefix length", { networkRange: "10.0.0.0" }, "networkRange", `"10.0.0.0" is ${RANGE}`],
    ["a prefix length above 32", { subnetRange: "10.0.1.0/33" }, "subnetRange", RANGE],
    [
        "a subnet outside the network",
        { networkRange: "10.1.0.0/16" },
        "subnetRange",
        "10.0.1.0/24 is not inside the network 10.1.0.0/16: choose a part of it, or set networkRange",
    ],
    ["a tiny subnet", { subnetRange: "10.0.1.0/31" }, "subnetRange", "10.0.1.0/31 is too small: choose at least a /30"],
    ["a public network", { virtualIps: ["8.8.8.8"] }, "networkRange", "8.8.0.0/16 cannot be a network"],
    ["a network too small", { networkRange: "10.0.1.0/25" }, "networkRange", "at least a /24 inside 10.0.0.0/8"],
    ["a network too big", { networkRange: "0.0.0.0/0" }, "networkRange", "0.0.0.0/0 cannot be a network"],
    ["one node", { nodes: [{}] }, "nodes", "1 nodes: a pair has two, so give both or omit nodes"],
    ["three nodes", { nodes: [{}, {}, {}] }, "nodes", "3 nodes: a pair has two"],
    ["a bad host name", { nodes: [{ name: "web_0" }, {}] }, "nodes[0].name", `"web_0" is not a host name`],
    [
        "the same name for both nodes",
        { nodes: [{ name: "a" }, { name: "A" }] },
        "nodes[1].name",
        "is also the other node's name",
    ],
    [
        "an invalid location name",
        { nodes: [{ location: "NBG 1" }, {}] },
        "nodes[0].location",
        `"NBG 1" is unknown: choose one of nbg1, fsn1, hel1`,
    ],
    [
        "a data centre",
        { nodes: [{}, { location: "fsn1-dc14" }] },
        "nodes[1].location",
        `"fsn1-dc14" is a data centre, which the cloud's API no longer accepts since July 2026: write fsn1`,
    ],
    [
        "two zones",
        { nodes: [{ location: "ash" }, {}] },
        "nodes[1].location",
        "fsn1 is in the network zone eu-central, ash in us-east: choose both in one zone",
    ],
    ["a service without its suffix", { service: "nginx" }, "service", "write its full name, such as nginx.service"],
    ["a service with a path", { service: "../x.service" }, "service", "is not a service unit"],
    ["an unknown aliasFollows", { aliasFollows: "never" as never }, "aliasFollows", "afterGrace, immediately, ifUnr"],
    ["a grace period of 0 s", { graceSeconds: 0 }, "graceSeconds", "to wait 0 s set aliasFollows to immediately"],
    ["a port without its protocol", { ports: ["80"] }, "ports[0]", "such as 80/tcp or 53/udp"],
    ["a port above 65535", { ports: ["80/tcp", "65536/tcp"] }, "ports[1]", "is not a port"],
    ["a port of another protocol", { ports: ["80/sctp"] }, "ports[0]", "is not a port"],
    ["a port twice", { ports: ["80/tcp", "80/tcp"] }, "ports[1]", "is given twice"],
    [
        "too many ports",
        { ports: Array.from({ length: 17 }, (_, i) => `${i + 1}/tcp`) },
        "ports",
        "17 ports, but the agent can probe at most 16",
    ],
    ["an unknown timing", { timing: "quick" as never }, "timing", "choose one of fast, balanced, conservative"],
    ["router id 0", { virtualRouterId: 0 }, "virtualRouterId", "0 is not a whole number from 1 to 255"],
    ["router id 256", { virtualRouterId: 256 }, "virtualRouterId", "256 is not"],
    ["half a router id", { virtualRouterId: 1.5 }, "virtualRouterId", "1.5 is not"],
    ["a package to remove", { packages: ["nginx-"] }, "packages[0]", "is not a Debian package"],
    ["a version to remove", { packages: ["nginx=1.0-"] }, "packages[0]", "is not a Debian package"],
    ["a task of apt", { packages: ["web-server^"] }, "packages[0]", "is not a Debian package"],
    ["an option as a package", { packages: ["--purge"] }, "packages[0]", "is not a Debian package"],
    ["a node without an address", { nodes: [{ address: "" }, {}] }, "nodes[0].address", "is not an IPv4 address"],
    ["keepalived as the service", { service: "keepalived.service" }, "service", "is one of the pair's own units"],
    ["the agent as the service", { service: "alias-switch.service" }, "service", "is one of the pair's own units"],
    [
        "another unit of the pair as the service",
        { service: "failover-pair-handover@a.b.service" },
        "service",
        "is one of the pair's own",
    ],
    ["an option as the service", { service: "-all.service" }, "service", "is not a service unit"],
    ["a service's name too long for a file", { service: `${"x".repeat(243)}.service` }, "service", "is not a service"],
    ["a prefix length with a leading zero", { networkRange: "10.0.0.0/08" }, "networkRange", RANGE],
    ["a source with host bits", { sshSources: ["203.0.113.7/24"] }, "sshSources[0]", "no bits set after the prefix"],
    ["an IPv6 source with host bits", { sshSources: ["2001:db8::1/32"] }, "sshSources[0]", "no bits set after"],
    [
        "a source with a leading zero in its prefix length",
        { sshSources: ["10.0.0.0/08"] },
        "sshSources[0]",
        "is not a CIDR range",
    ],
    ["a line break after an image", { image: "debian-12\n" }, "nodes[0].image", "is not a supported image"],
    [
        "a private key among the certificates",
        {
            apiCa: [
                "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
                "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----",
            ].join("\n"),
        },
        "apiCa",
        "it contains a private key",
    ],
    ["a command in a package name", { packages: ["nginx; reboot"] }, "packages[0]", "is not a Debian package"],
    ["an address as a source", { sshSources: ["203.0.113.7"] }, "sshSources[0]", "write 203.0.113.7/32"],
    ["an endpoint without TLS", { apiEndpoint: "http://api.hetzner.cloud/v1" }, "apiEndpoint", "write https://"],
    ["an endpoint without /v1", { apiEndpoint: "https://api.hetzner.cloud" }, "apiEndpoint", "ends in /v1"],
    ["a word as the endpoint", { apiEndpoint: "hetzner" }, "apiEndpoint", `"hetzner" is not an endpoint`],
    ["a path to a certificate", { apiCa: "/etc/ssl/ca.pem" }, "apiCa", "give the text of the file"],
    ["a SOCKS proxy", { apiProxy: "socks5://10.0.0.2" }, "apiProxy", "write it like http://10.0.0.2:3128"],
    ["a proxy's password", { apiProxy: "http://u:hunter2@10.0.0.2" }, "apiProxy", "contains a user name or a password"],
    ["a check without a name", { checks: [{ name: "a b", command: "true" }] }, "checks[0].name", `"a b" is not a name`],
    [
        "two checks with the same name",
        { checks: ["true", "false"].map((command) => ({ name: "up", command })) },
        "checks[1].name",
        `"up" is the name of an earlier check`,
    ],
    [
        "a check without command and URL",
        { checks: [{ name: "up" }] },
        "checks[0]",
        "needs exactly one of command and httpUrl",
    ],
    [
        "a check with command and URL",
        { checks: [{ name: "up", command: "true", httpUrl: "http://127.0.0.1/" }] },
        "checks[0]",
        "needs exactly one of command and httpUrl",
    ],
    [
        "a check that can hang for hours",
        { checks: [{ name: "up", command: "true", timeout: 3600 }] },
        "checks[0].timeout",
        "stops the node only after 10800 s (timeout × fall): set timeout to at most 20, or raise interval",
    ],
    ["an empty command", { checks: [{ name: "up", command: " " }] }, "checks[0].command", "would always succeed"],
    ["an FTP check", { checks: [{ name: "up", httpUrl: "ftp://x/" }] }, "checks[0].httpUrl", "is not an HTTP URL"],
    [
        "a check interval of half a second",
        { checks: [{ name: "up", command: "true", interval: 0.5 }] },
        "checks[0].interval",
        "0.5 is not a whole number of seconds from 1 to 3600",
    ],
    [
        "a check timeout of 0",
        { checks: [{ name: "up", command: "true", timeout: 0 }] },
        "checks[0].timeout",
        "0 is not a whole",
    ],
    [
        "a check with fall 0",
        { checks: [{ name: "up", command: "true", fall: 0 }] },
        "checks[0].fall",
        "0 is not a whole number",
    ],
    [
        "a check with rise -1",
        { checks: [{ name: "up", command: "true", rise: -1 }] },
        "checks[0].rise",
        "-1 is not a whole number",
    ],
];

const RIGHT: [string, Partial<PlainArgs>][] = [
    ["the required arguments alone", {}],
    ["the note's network", { networkRange: "10.0.0.0/8", subnetRange: "10.0.1.0/24" }],
    ["the .1 of a subnet that is not the first", { virtualIps: ["10.0.1.1"], networkRange: "10.0.0.0/16" }],
    ["other private ranges", { virtualIps: ["192.168.40.9"] }],
    ["five virtual IPs", { virtualIps: [1, 5, 6, 7, 8].map((i) => `10.0.1.${i}`) }],
    ["one location outside Europe", { nodes: [{ location: "hil" }, { location: "hil" }] }],
    ["an instance of a unit", { service: "postgresql@15-main.service" }],
    ["full host names", { nodes: [{ name: "a.example.org" }, { name: "b.example.org" }] }],
    ["packages of every kind", { packages: ["g++", "libc6:i386", "jq=1.6-2.1", "xx=1:2.3+dfsg~rc1-1+b2", "node.js"] }],
    ["IPv6 sources", { sshSources: ["::/0", "2001:db8::1/128", "2001:db8:ff00:42::/64", "::ffff:10.0.0.0/120"] }],
    ["sources of both families", { sshSources: ["203.0.113.0/24", "2001:db8::/32"] }],
    ["the local cloud", { apiEndpoint: "https://203.0.113.1/v1", apiProxy: "http://10.0.0.2:3128" }],
    [
        "a check of each kind",
        {
            checks: [
                { name: "a", command: "true" },
                { name: "b", httpUrl: "https://localhost:8443/x?y" },
            ],
        },
    ],
];

describe("validation", () => {
    for (const [about, args, path, reason] of WRONG) {
        it(`refuses ${about}`, () => {
            const found = validate(spec(args), NOTHING_GIVEN);
            const reasons = found.filter((problem) => problem.path === path).map((problem) => problem.reason);
            expect(reasons, JSON.stringify(found)).to.have.length(1);
            expect(reasons[0]).to.include(reason);
        });
    }

    for (const [about, args] of RIGHT) {
        it(`accepts ${about}`, () => {
            expect(validate(spec(args), NOTHING_GIVEN)).to.deep.equal([]);
        });
    }

    it("sets a default type that the zone of the location offers", () => {
        const types = (location: string) => spec({ nodes: [{ location }, { location }] }).nodes[0].serverType;
        expect(["nbg1", "hel1", "ash", "hil", "sin"].map(types)).to.deep.equal([
            "cx23",
            "cx23",
            "ccx13",
            "ccx13",
            "ccx13",
        ]);
    });

    it("accepts a long timeout of a check that runs seldom, or that needs only one failure", () => {
        const check = (more: object) => spec({ checks: [{ name: "up", command: "true", ...more }] });
        for (const more of [{ timeout: 20 }, { timeout: 60, fall: 1 }, { timeout: 300, interval: 300 }]) {
            expect(validate(check(more), NOTHING_GIVEN), JSON.stringify(more)).to.deep.equal([]);
        }
    });

    it("reports all errors at once, and none twice", () => {
        const args = { virtualIps: ["10.0.1.300"], service: "nginx", nodes: [{ location: "mars!" }, {}] };
        const found = validate(spec(args, "1web"), { network: false, subnet: true, sshKey: false });
        expect(found.map(({ path }) => path)).to.deep.equal([
            "name",
            "virtualIps[0]",
            "networkId",
            "sshPublicKey",
            "nodes[0].location",
            "service",
        ]);
    });

    it("never shows the part of a URL before its @", () => {
        const found = validate(
            spec({ apiProxy: "socks://u:hunter2@x/", apiEndpoint: "ftp://u:hunter2@x" }),
            NOTHING_GIVEN,
        );
        expect(found).to.have.length(3);
        expect(JSON.stringify(found)).to.not.include("hunter2");
    });

    it("compares an existing network and subnet only with the given ranges", () => {
        const given = { network: true, subnet: true, sshKey: true };
        const args = { virtualIps: ["10.0.0.1"], nodes: [{ address: "10.9.0.2" }, { address: "10.9.0.3" }] };
        expect(validate(resolveSpec("web", args, given), given)).to.deep.equal([]);
        const ranges = { ...args, networkRange: "10.0.0.0/8" };
        expect(validate(resolveSpec("web", ranges, given), given).map(({ path }) => path)).to.deep.equal([
            "virtualIps[0]",
        ]);
    });
});
