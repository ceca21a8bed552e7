import { expect } from "chai";
import { script } from "../../../../../lab/cloud/fabric/configure";
import { gatewayOf, macOf, privateNicLines, publicPort } from "../../../../../lab/cloud/fabric/guest";
import { firewallLines, lossLines } from "../../../../../lab/cloud/fabric/rules";
import type { FirewallRule } from "../../../../../lab/cloud/fabric/types";

const allow = (rule: Partial<FirewallRule>): FirewallRule => ({
    direction: "in",
    protocol: "tcp",
    port: "22",
    sourceIps: ["0.0.0.0/0", "::/0"],
    destinationIps: [],
    ...rule,
});
const rules = (...of: FirewallRule[]) => firewallLines("s4", of).filter((line) => line.startsWith("add rule"));

describe("a server's firewall", () => {
    it("lets in only what is allowed, and lets everything out", () => {
        expect(rules(allow({}))).to.deep.equal([
            "add rule inet cloud in_s4 ip saddr { 0.0.0.0/0 } tcp dport 22 accept",
            "add rule inet cloud in_s4 ip6 saddr { ::/0 } tcp dport 22 accept",
            "add rule inet cloud in_s4 drop",
        ]);
    });

    it("restricts outgoing packets as soon as it has a rule for them", () => {
        const out = allow({ direction: "out", protocol: "udp", port: "53", destinationIps: ["192.0.2.1/32"] });
        expect(rules(out)).to.deep.equal([
            "add rule inet cloud in_s4 drop",
            "add rule inet cloud out_s4 ip daddr { 192.0.2.1/32 } udp dport 53 accept",
            "add rule inet cloud out_s4 drop",
        ]);
    });

    it("supports ranges, all ports, and protocols without ports", () => {
        const from = { sourceIps: ["192.0.2.0/24"] };
        expect(rules(allow({ ...from, port: "80-85" }))[0]).to.contain("tcp dport 80-85 accept");
        expect(rules(allow({ ...from, port: "any" }))[0]).to.contain("meta l4proto tcp accept");
        expect(rules(allow({ ...from, protocol: "icmp", port: null }))[0]).to.contain("{ icmp, ipv6-icmp } accept");
        expect(rules(allow({ ...from, protocol: "gre", port: null }))[0]).to.contain("meta l4proto gre accept");
    });

    it("gives nftables no ranges that overlap", () => {
        expect(rules(allow({ sourceIps: ["0.0.0.0/0", "192.0.2.0/24"] }))[0]).to.contain("{ 0.0.0.0/0 }");
    });

    it("is removed with null", () => {
        expect(firewallLines("s4", null).filter((line) => line.startsWith("add rule"))).to.deep.equal([]);
        expect(firewallLines("s4", null)).to.include('delete element inet cloud inbound { "s4" : jump in_s4 }');
    });
});

describe("packet loss", () => {
    it("drops its share of a thousand packets, and is removed with 0", () => {
        const rule = (percent: number) => lossLines("s4", percent).at(-1);
        expect(rule(2.5)).to.equal("add rule inet cloud loss_s4 numgen random mod 1000 <= 24 drop");
        expect(rule(100)).to.equal("add rule inet cloud loss_s4 numgen random mod 1000 <= 999 drop");
        expect(rule(0)).to.equal('delete element inet cloud lossy { "s4" : jump loss_s4 }');
    });
});

describe("the configuration by DHCP", () => {
    it("takes the first address of the network's whole range as the gateway", () => {
        expect(gatewayOf("10.0.0.0/8")).to.equal("10.0.0.1");
        expect(gatewayOf("192.168.7.0/24")).to.equal("192.168.7.1");
        expect(gatewayOf("172.16.0.0/12")).to.equal("172.16.0.1");
    });

    it("routes packets even between neighbours through the gateway", () => {
        const port = publicPort(3, "lc-t-s3", "198.51.100.3", null)!;
        expect(privateNicLines({ ...port, nic: "enp7s0", ipv4: "10.0.1.2" }, "10.0.0.0/8")).to.deep.equal([
            "link set dev enp7s0 up",
            "addr replace 10.0.1.2/32 dev enp7s0",
            "route replace 10.0.0.1 dev enp7s0 scope link",
            "route replace 10.0.0.0/8 via 10.0.0.1 dev enp7s0",
        ]);
    });

    it("gives a server without public addresses no public interface", () => {
        expect(publicPort(3, "lc-t-s3", null, null)).to.equal(null);
    });

    it("derives hardware addresses from ids", () => {
        expect(macOf("96:00:00", 0x010203)).to.equal("96:00:00:01:02:03");
    });
});

describe("a change of a namespace", () => {
    it("is a single script: settings, links and routes, rules", () => {
        const change = { sysctl: { "net/ipv4/ip_forward": "1" }, ip: ["link set dev lo up"], nft: ["flush ruleset"] };
        expect(script(change).split("\n")).to.deep.equal([
            "set -e",
            "echo 1 > /proc/sys/net/ipv4/ip_forward",
            "ip -batch - << 'END'",
            "link set dev lo up",
            "END",
            "nft -f - << 'END'",
            "flush ruleset",
            "END",
            "",
        ]);
    });
});
