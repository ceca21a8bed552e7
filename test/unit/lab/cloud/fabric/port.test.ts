import { expect } from "chai";
import {
    elementLines,
    plugLines,
    routeLines,
    wantedRoutes,
    wantedSources,
    type Port,
} from "../../../../../lab/cloud/fabric/port";

const port = (id: number, ipv4: string, also: string[] = []): Port => ({
    device: `s${id}`,
    namespace: `lc-t-s${id}`,
    nic: "enp7s0",
    mac: "86:00:00:00:00:0" + id,
    mtu: 1450,
    gateways: ["10.0.0.1"],
    ipv4,
    ipv6: null,
    also,
});
const none = new Map<string, string>();

describe("a router's port", () => {
    it("is a pair of interfaces with the gateway's address, and sends no ARP requests", () => {
        expect(plugLines(port(2, "10.0.1.2"))).to.deep.equal([
            "link add name s2 mtu 1450 type veth peer name enp7s0 address 86:00:00:00:00:02 mtu 1450 netns lc-t-s2",
            "link set dev s2 up",
            "addr add 10.0.0.1/32 dev s2",
            "neigh replace 10.0.1.2 lladdr 86:00:00:00:00:02 dev s2 nud permanent",
        ]);
    });

    it("gets one route for each address; aliases are routed through the main address", () => {
        const routes = wantedRoutes([port(2, "10.0.1.2", ["10.0.1.1"]), port(3, "10.0.1.3")], []);
        expect(routeLines(none, routes)).to.deep.equal([
            "route replace 10.0.1.2/32 dev s2",
            "route replace 10.0.1.1/32 via 10.0.1.2 dev s2 onlink",
            "route replace 10.0.1.3/32 dev s3",
        ]);
    });

    it("moves an alias by replacing one route, without a moment between", () => {
        const before = wantedRoutes([port(2, "10.0.1.2", ["10.0.1.1"]), port(3, "10.0.1.3")], []);
        const after = wantedRoutes([port(2, "10.0.1.2"), port(3, "10.0.1.3", ["10.0.1.1"])], []);
        expect(routeLines(before, after)).to.deep.equal(["route replace 10.0.1.1/32 via 10.0.1.3 dev s3 onlink"]);
    });

    it("deletes the route of an alias that no server has", () => {
        const before = wantedRoutes([port(2, "10.0.1.2", ["10.0.1.1"])], []);
        const after = wantedRoutes([port(2, "10.0.1.2")], []);
        expect(routeLines(before, after)).to.deep.equal(["route del 10.0.1.1/32 via 10.0.1.2 dev s2"]);
    });

    it("routes an IPv6 range as a range, not as a single address", () => {
        const [six, floating] = ["2001:db8:1:29::/64", "2001:db8:1:30::/64"];
        const both: Port = { ...port(2, "198.51.100.2", [floating]), ipv6: six };
        const routes = wantedRoutes([both], []);
        expect([routes.get(six), routes.get(floating)]).to.deep.equal(["dev s2", "dev s2"]);
        expect([...routes.keys()].filter((destination) => destination.endsWith("/64/32"))).to.deep.equal([]);
        expect(wantedSources([both], []).get(`"s2" . ${floating}`)).to.equal("sources6");
    });

    it("follows a network's route to the server with the gateway address or alias, and drops it if there is none", () => {
        const route = { destination: "10.9.0.0/16", gateway: "10.0.1.1" };
        const held = wantedRoutes([port(2, "10.0.1.2", ["10.0.1.1"])], [route]);
        expect(held.get("10.9.0.0/16")).to.equal("via 10.0.1.2 dev s2 onlink");
        expect(wantedRoutes([port(2, "10.0.1.2")], [route]).has("10.9.0.0/16")).to.equal(false);
    });

    it("accepts packets from its addresses and from the ranges that it is the gateway of", () => {
        const route = { destination: "0.0.0.0/0", gateway: "10.0.1.2" };
        const sources = wantedSources([port(2, "10.0.1.2", ["10.0.1.1"])], [route]);
        expect(elementLines(none, sources)).to.deep.equal([
            'add element inet cloud sources { "s2" . 10.0.1.2 }',
            'add element inet cloud sources { "s2" . 10.0.1.1 }',
            'add element inet cloud routed { "s2" . 0.0.0.0/0 }',
        ]);
    });

    it("refuses packets from an alias after it was moved away", () => {
        const before = wantedSources([port(2, "10.0.1.2", ["10.0.1.1"])], []);
        const after = wantedSources([port(2, "10.0.1.2")], []);
        expect(elementLines(before, after)).to.deep.equal(['delete element inet cloud sources { "s2" . 10.0.1.1 }']);
    });
});
