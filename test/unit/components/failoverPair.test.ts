import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { AliasFollows, FailoverPair, Timing } from "../../../components";
import type { FailoverPairArgs } from "../../../components";
import type { Registered } from "../../support/mocks";
import { deploy, named, promiseOf } from "../../support/mocks";
import { switchCommands } from "../../../components/render/switchCommands";
import { minimalArgs, PUBLIC_KEY } from "./pairs";

const STEPS = ["ready", "setup", "install", "agent", "token", "keepalived"];

function list(resources: Registered[]): string[] {
    return resources.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort();
}

function pair(args: Partial<FailoverPairArgs> = {}, name = "web") {
    return deploy((opts) => new FailoverPair(name, { ...minimalArgs(), ...args }, opts));
}

const MEMBERS = ["web0", "web1"]
    .flatMap((node) => [
        `FailoverNode ${node}`,
        `Server ${node}`,
        `ServerNetwork ${node}-network`,
        ...STEPS.map((step) => `Command ${node}-${step}`),
    ])
    .concat("Command web1-join");

describe("the resources of FailoverPair", () => {
    it("include everything that was not given", async () => {
        const { resources } = await pair();
        expect(list(resources)).to.deep.equal(
            [
                "FailoverPair web",
                "Network web-network",
                "NetworkSubnet web-subnet",
                "Firewall web-ssh",
                "SshKey web-key",
                ...MEMBERS,
            ].sort(),
        );
    });

    it("use the given network, subnet and keys", async () => {
        const given = { networkId: "7", subnetId: "7-10.0.1.0/24", sshKeys: ["31"], sshPublicKey: undefined };
        const { resources, made } = await pair(given);
        expect(list(resources)).to.deep.equal(["FailoverPair web", "Firewall web-ssh", ...MEMBERS].sort());
        expect(named(resources, "web0-network").inputs.networkId).to.equal(7);
        expect(named(resources, "web0", ":Server").inputs.sshKeys).to.deep.equal(["31"]);
        expect(await promiseOf(made.networkId)).to.equal("7");
    });

    it("include only the subnet in a given network", async () => {
        const { resources } = await pair({ networkId: "7", networkRange: "10.0.0.0/8" });
        expect(list(resources)).to.not.include("Network web-network");
        expect(named(resources, "web-subnet").inputs).to.deep.equal({
            networkId: 7,
            type: "cloud",
            networkZone: "eu-central",
            ipRange: "10.0.1.0/24",
        });
    });

    for (const [about, nodes, expected] of [
        ["one location", [{ location: "hel1" }, { location: "hel1" }], true],
        ["two locations that may become one", [{ location: "nbg1" }, { location: "hel1" }], true],
        ["a location known only later", [{ location: pulumi.output("nbg1") }, {}], true],
        ["nodes known only later", pulumi.output([{ location: "nbg1" }, {}]), true],
        ["the default locations", [{ name: "a" }, { name: "b" }], false],
        ["no nodes argument", undefined, false],
    ] as [string, FailoverPairArgs["nodes"], boolean][]) {
        it(`${expected ? "include" : "do not include"} a placement group with ${about}`, async () => {
            const { resources } = await pair({ nodes });
            expect(list(resources).includes("PlacementGroup web-placement")).to.equal(expected);
            for (const node of ["web0", "web1"]) {
                const id = named(resources, node, ":Server").inputs.placementGroupId;
                expect(typeof id).to.equal(expected ? "number" : "undefined");
            }
        });
    }

    it("include a placement group although an argument becomes known later", async () => {
        const { resources } = await pair({ service: pulumi.output("nginx.service") });
        expect(list(resources)).to.include("PlacementGroup web-placement");
    });

    it("include servers with the given names, locations and types", async () => {
        const { resources } = await pair();
        const servers = resources.filter(({ type }) => type === "hcloud:index/server:Server");
        const common = {
            serverType: "cx23",
            image: "debian-12",
            deleteProtection: false,
            rebuildProtection: false,
            keepDisk: true,
        };
        // other tests cover the inputs left out here
        const others = { labels: undefined, userData: undefined, sshKeys: undefined, firewallIds: undefined };
        const chosen = servers.map(({ inputs }) => ({ ...inputs, ...others }));
        expect(chosen).to.deep.equal([
            { ...common, ...others, name: "web1", location: "fsn1" },
            { ...common, ...others, name: "web0", location: "nbg1" },
        ]);
    });

    it("include nodes with their own types and images", async () => {
        const { resources } = await pair({
            serverType: "cpx22",
            nodes: [{}, { name: "other", image: "debian-13", serverType: "cx33" }],
        });
        const [first, second] = ["web0", "web1"].map((name) => named(resources, name, ":Server").inputs);
        expect(first).to.include({ name: "web0", serverType: "cpx22", image: "debian-12" });
        expect(second).to.include({ name: "other", serverType: "cx33", image: "debian-13" });
    });

    it("attach the servers with fixed addresses and without aliases", async () => {
        const { resources } = await pair();
        const attachments = resources.filter(({ type }) => type.endsWith(":ServerNetwork"));
        for (const [i, { inputs }] of attachments.entries()) {
            expect(Object.keys(inputs).sort()).to.deep.equal(["ip", "networkId", "serverId"]);
            expect(inputs.ip).to.equal(`10.0.1.${3 - i}`);
            expect(inputs.serverId).to.be.a("number");
        }
    });

    it("open SSH to the given sources, and ICMP", async () => {
        const { resources } = await pair({ sshSources: ["203.0.113.7/32"], firewallIds: ["77"] });
        const firewall = named(resources, "web-ssh");
        expect(firewall.inputs.rules).to.deep.equal([
            { direction: "in", protocol: "tcp", port: "22", sourceIps: ["203.0.113.7/32"] },
            { direction: "in", protocol: "icmp", sourceIps: ["0.0.0.0/0", "::/0"] },
        ]);
        const ids = named(resources, "web0", ":Server").inputs.firewallIds as number[];
        expect(ids).to.have.length(2);
        expect(ids[1]).to.equal(77);
    });

    it("have the given labels and protection", async () => {
        const { resources } = await pair({ labels: pulumi.output({ team: "edge" }), deletionProtection: true });
        const labels = { team: "edge", "failover-pair": "web" };
        for (const name of ["web-network", "web-ssh", "web-key"]) {
            expect(named(resources, name).inputs.labels, name).to.deep.equal(labels);
        }
        const { inputs } = named(resources, "web0", ":Server");
        expect(inputs).to.include({ deleteProtection: true, rebuildProtection: true });
        expect(inputs.labels).to.include(labels);
    });

    it("are the same for a string and for its enum value", async () => {
        const config = async (args: Partial<FailoverPairArgs>) =>
            named((await pair(args)).resources, "web0-agent").inputs;
        const byName = await config({ timing: Timing.Fast, aliasFollows: AliasFollows.IfUnreachable });
        const plain = await config({ timing: "fast", aliasFollows: "ifUnreachable" });
        expect(plain.stdin)
            .to.equal(byName.stdin)
            .and.not.equal((await config({})).stdin);
    });

    it("put the public key into the cloud and on the servers", async () => {
        const { resources } = await pair();
        expect(named(resources, "web-key").inputs.publicKey).to.equal(PUBLIC_KEY);
        expect(named(resources, "web0", ":Server").inputs.sshKeys).to.have.length(1);
    });

    it("are named after the pair, so that a program can have many pairs", async () => {
        const names = ["web", "db", "mail"];
        const { resources } = await deploy((opts) =>
            names.map((name, i) => new FailoverPair(name, { ...minimalArgs(), virtualIps: [`10.0.${i}.11`] }, opts)),
        );
        expect(new Set(resources.map(({ type, name }) => `${type} ${name}`)).size).to.equal(resources.length);
        const routerIds = names.map((name) => {
            const own = resources.filter((resource) => resource.name.startsWith(name));
            expect(own).to.have.length(resources.length / names.length);
            return /virtual_router_id (\d+)/.exec(String(named(own, `${name}0-keepalived`).inputs.stdin))?.[1];
        });
        expect(new Set(routerIds).size).to.equal(names.length);
    });
});

describe("the resource options of FailoverPair", () => {
    it("let no update move an alias, or make a second server beside the first", async () => {
        const { resources } = await pair();
        for (const node of ["web0", "web1"]) {
            const attachment = named(resources, `${node}-network`).opts;
            expect(attachment.ignoreChanges).to.deep.equal(["aliasIps"]);
            expect(attachment.deleteBeforeReplace).to.equal(true);
            const server = named(resources, node, ":Server").opts;
            expect(server.ignoreChanges).to.include.members(["sshKeys", "userData"]);
            expect(server.deleteBeforeReplace).to.equal(true);
        }
    });

    it("make the pair the parent of its resources, and each node the parent of its own", async () => {
        const { resources } = await pair();
        for (const { name, type, urn } of resources.filter(({ name }) => name !== "web")) {
            const own = /^web[01](?=$|-)/.test(name) && !type.endsWith(":FailoverNode");
            const parents = ["FailoverPair", ...(own ? ["FailoverNode"] : [])].map(
                (each) => `failover-pair:index:${each}`,
            );
            expect(urn).to.equal(`${[...parents, type].join("$")}::${name}`);
        }
    });
});

describe("the outputs of FailoverPair", () => {
    it("have what an operator needs", async () => {
        const { made } = await pair({ virtualIps: ["10.0.1.1", "10.0.1.9"], networkId: "7578" });
        const nodes = await promiseOf(made.nodes);
        expect(nodes.map(({ name, privateIp }) => ({ name, privateIp }))).to.deep.equal([
            { name: "web0", privateIp: "10.0.1.2" },
            { name: "web1", privateIp: "10.0.1.3" },
        ]);
        const [a, b] = nodes;
        expect(a.publicIpv4)
            .to.match(/^198\.51\.100\.\d+$/)
            .and.not.equal(b.publicIpv4);
        expect(a.publicIpv6).to.match(/^2001:db8::/);
        expect(a.hostKey).to.equal("ssh-ed25519 AAAAhostkey");
        expect(await pulumi.isSecret(made.nodes)).to.equal(false);
        expect(await promiseOf(made.virtualIp)).to.equal("10.0.1.1");
        expect(await promiseOf(made.virtualIps)).to.deep.equal(["10.0.1.1", "10.0.1.9"]);
        expect(await promiseOf(made.networkId)).to.equal("7578");
        expect(await promiseOf(made.statusCommand)).to.equal(
            `ssh root@${a.publicIpv4} alias-switch status; ssh root@${b.publicIpv4} alias-switch status`,
        );
        expect(await promiseOf(made.switchCommands)).to.deep.equal(
            switchCommands(7578, ["10.0.1.1", "10.0.1.9"], nodes),
        );
    });
});
