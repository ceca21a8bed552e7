import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { FailoverPair, Timing } from "../../../components";
import type { FailoverPairArgs } from "../../../components";
import { hostKeyOf, labelOf } from "../../../components/ssh/hostKeys";
import type { Registered } from "../../support/mocks";
import { deploy, insideSecret, named, plainTexts, promiseOf } from "../../support/mocks";
import { servers } from "./cloudData";
import { minimalArgs, PUBLIC_KEY, PRIVATE_KEY, TOKEN } from "./pairs";

const COMMAND = "command:remote:Command";

function pair(args: Partial<FailoverPairArgs> = {}) {
    return deploy((opts) => new FailoverPair("web", { ...minimalArgs(), ...args }, opts));
}

function commands(resources: Registered[]): Registered[] {
    return resources.filter(({ type }) => type === COMMAND);
}

function stdin(resources: Registered[], name: string): Record<string, unknown> {
    return JSON.parse(named(resources, name).inputs.stdin as string) as Record<string, unknown>;
}

describe("the steps of a node", () => {
    it("wait for each other, and for nothing of the other node, as the state would keep such a dependency", async () => {
        const { resources } = await pair({ installScript: "true" });
        const order = Object.fromEntries(commands(resources).map(({ name, dependsOn }) => [name, dependsOn]));
        const steps = (node: string) => ({
            [`${node}-ready`]: [node],
            [`${node}-setup`]: [`${node}-ready`],
            [`${node}-install`]: [`${node}-setup`],
            [`${node}-service`]: [`${node}-install`, `${node}-network`],
            [`${node}-agent`]: [`${node}-service`],
            [`${node}-token`]: [`${node}-agent`],
            [`${node}-keepalived`]: [`${node}-token`],
        });
        const join = { "web1-join": ["web1-keepalived"] };
        expect(order).to.deep.equal({ ...steps("web0"), ...steps("web1"), ...join });
    });

    it("run on the second node first; the first node and its server are not touched before that succeeds", async () => {
        const { log } = await pair({ installScript: "true" });
        const at = (entry: string) => {
            expect(log).to.include(entry);
            return log.indexOf(entry);
        };
        for (const first of ["web0", "web0-network", "web0-ready", "web0-service"]) {
            expect(at(`start ${first}`), first).to.be.greaterThan(at("end web1-keepalived"));
        }
        expect(at("start web1-join")).to.be.greaterThan(at("end web0-keepalived"));
        expect(at("start web1-service")).to.be.greaterThan(at("end web1-network"));
    });

    it("are updated in place by the same short script, log nothing, and undo nothing", async () => {
        const { resources } = await pair();
        for (const { name, inputs, opts } of commands(resources)) {
            expect(inputs.update, name).to.equal(inputs.create);
            expect(String(inputs.create).length, name).to.be.lessThan(name.endsWith("-ready") ? 900 : 500);
            expect(inputs, name).to.not.have.any.keys("triggers", "environment", "delete");
            expect(inputs, name).to.include({ logging: "none", addPreviousOutputInEnv: false });
            const server = await promiseOf((opts.deletedWith as pulumi.Resource).urn);
            expect(server.split("::").slice(-2), name).to.deep.equal([
                "failover-pair:index:FailoverNode$hcloud:index/server:Server",
                name.split("-")[0],
            ]);
        }
    });

    it("mark their output as secret, except the host key", async () => {
        const { resources } = await pair();
        for (const { name, opts } of commands(resources)) {
            // the SDK adds "connection"
            const expected = name.endsWith("-ready") ? ["connection"] : ["stdout", "stderr", "connection"];
            expect(opts.additionalSecretOutputs, name).to.have.members(expected);
        }
    });

    it("wait longer for a new server and expect its bootstrap key; later steps expect its own key", async () => {
        const { resources } = await pair();
        for (const { name, inputs } of commands(resources)) {
            const connection = insideSecret(inputs.connection) as Record<string, unknown>;
            // the SDK's default port
            const host = { user: "root", privateKey: PRIVATE_KEY, host: connection.host, port: 22, perDialTimeout: 5 };
            expect(connection.host, name).to.match(/^198\.51\.100\./);
            expect(connection, name).to.deep.equal(
                name.endsWith("-ready")
                    ? { ...host, dialErrorLimit: 60, hostKey: bootstrapOf(resources, name.split("-")[0]) }
                    : { ...host, dialErrorLimit: 6, hostKey: "ssh-ed25519 AAAAhostkey" },
            );
        }
    });

    it("contact a server once, also if its type changes, and run again on a server of another type", async () => {
        const { resources, made } = await pair({ nodes: [{ serverType: "cx33" }, {}] });
        const [first] = await promiseOf(made.nodes);
        const { labels } = named(resources, "web0", ":Server").inputs as { labels: Record<string, string> };
        const occasion = labels["failover-pair-contact"];
        expect(named(resources, "web0-ready").inputs.stdin).to.equal(`${first.serverId} ${occasion}`);
        expect(stdin(resources, "web0-keepalived").machine).to.equal(`${first.serverId} cx33`);
    });

    it("reach the nodes through a jump host if there is one", async () => {
        const { resources } = await pair({ sshProxy: { host: "203.0.113.7", user: "jump" } });
        for (const { name, inputs } of commands(resources)) {
            const { proxy } = insideSecret(inputs.connection) as { proxy: Record<string, unknown> };
            expect(proxy, name).to.deep.include({
                host: "203.0.113.7",
                port: 22,
                user: "jump",
                privateKey: PRIVATE_KEY,
            });
        }
        const password = { host: "203.0.113.7", port: 2222, password: "hunter2" };
        const other = await pair({ sshProxy: password });
        for (const { inputs } of commands(other.resources)) {
            const { proxy } = insideSecret(inputs.connection) as { proxy: Record<string, unknown> };
            expect(proxy)
                .to.deep.include({ ...password, user: "root" })
                .and.not.have.property("privateKey");
        }
        expect(plainTexts(other.resources.map(({ inputs }) => inputs)).join()).to.not.include("hunter2");
    });
});

describe("the host key in a server's user data", () => {
    it("is a secret, differs between the nodes, and has a label that names it", async () => {
        const { resources } = await pair();
        const keys = ["web0", "web1"].map((node) => bootstrapOf(resources, node));
        expect(new Set(keys).size).to.equal(2);
        for (const [i, node] of ["web0", "web1"].entries()) {
            const { labels } = named(resources, node, ":Server").inputs as { labels: Record<string, string> };
            expect(labels).to.include({ "failover-pair": "web", "failover-pair-contact": `0.${labelOf(keys[i])}` });
        }
    });

    it("does not depend on anything that can change during the pair's life", async () => {
        const [before, after] = [await pair(), await pair({ timing: Timing.Fast, packages: ["nginx-light"] })];
        for (const node of ["web0", "web1"]) {
            expect(bootstrapOf(before.resources, node)).to.equal(bootstrapOf(after.resources, node));
        }
    });

    it("is not expected of a server of an older release, whose labels do not change", async () => {
        const theirs = servers({ labels: { "failover-pair": "web" } }, { labels: { "failover-pair": "web" } });
        const { resources } = await deploy((opts) => new FailoverPair("web", minimalArgs(), opts), {
            getServers: () => ({ servers: theirs }),
        });
        for (const node of ["web0", "web1"]) {
            expect(named(resources, node, ":Server").inputs.labels).to.deep.equal({ "failover-pair": "web" });
            expect(insideSecret(named(resources, `${node}-ready`).inputs.connection)).to.not.have.property("hostKey");
        }
    });
});

/** The public half of the host key that the server gets at its first boot. */
function bootstrapOf(resources: Registered[], node: string): string {
    const userData = insideSecret(named(resources, node, ":Server").inputs.userData) as string;
    const { ssh_keys: keys } = JSON.parse(userData.split("\n")[1]) as { ssh_keys: { ecdsa_public: string } };
    return hostKeyOf(keys.ecdsa_public);
}

describe("the input of the steps", () => {
    it("makes a node install keepalived and the given packages", async () => {
        const theirs = `ssh-ed25519 ${"B".repeat(68)}`;
        const { resources } = await pair({ packages: ["nginx-light"], authorizedKeys: [`${theirs} a colleague`] });
        expect(stdin(resources, "web0-install")).to.deep.equal({
            authorizedKeys: [PUBLIC_KEY, theirs],
            packages: ["keepalived", "nftables", "nginx-light"],
            installScript: null,
        });
        const without = await pair({ bridge: false });
        expect(stdin(without.resources, "web0-install").packages).to.deep.equal(["keepalived", "nftables"]);
    });

    it("makes a node install the given version of keepalived", async () => {
        const { resources } = await pair({ packages: ["keepalived=1:2.2.7-1+b2"] });
        expect(stdin(resources, "web0-install").packages).to.deep.equal(["nftables", "keepalived=1:2.2.7-1+b2"]);
    });

    it("makes a node run the user's script after the packages, one node at a time", async () => {
        const { resources } = await pair({ installScript: "hostname > /var/www/html/index.html" });
        expect(stdin(resources, "web0-service")).to.deep.equal({
            packages: [],
            installScript: "hostname > /var/www/html/index.html",
        });
    });

    it("marks a secret script as secret", async () => {
        const { resources } = await pair({ installScript: pulumi.secret("echo hunter2") });
        expect(insideSecret(named(resources, "web0-service").inputs.stdin)).to.include("hunter2");
        expect(plainTexts(resources.map(({ inputs }) => inputs)).join()).to.not.include("hunter2");
    });

    it("configures the two agents as mirror images", async () => {
        const { resources, made } = await pair({ networkId: "7578" });
        const [a, b] = await promiseOf(made.nodes);
        const config = (name: string) => {
            const files = stdin(resources, name).files as { path: string; content: string }[];
            const { content } = files.find(({ path }) => path === "/etc/failover-pair/config.json")!;
            return JSON.parse(content) as Record<string, unknown>;
        };
        const shared = { pair: "web", networkId: 7578, vips: ["10.0.1.1"] };
        const { serverId: idA } = a;
        const { serverId: idB } = b;
        expect(config("web0-agent")).to.deep.include({
            ...shared,
            node: "web0",
            serverId: idA,
            peerAddress: "10.0.1.3",
        });
        expect(config("web1-agent")).to.deep.include({
            ...shared,
            node: "web1",
            serverId: idB,
            peerAddress: "10.0.1.2",
        });
    });

    it("has for each node its own keepalived.conf and the checks named in it", async () => {
        const { resources } = await pair({ service: "nginx.service", checks: [{ name: "up", command: "true" }] });
        for (const [i, name] of ["web0-keepalived", "web1-keepalived"].entries()) {
            const { keepalivedConf, ...rest } = stdin(resources, name);
            expect(rest).to.deep.equal({
                machine: rest.machine,
                address: `10.0.1.${2 + i}`,
                service: "nginx.service",
                files: [{ path: "/etc/failover-pair/checks/up", mode: "0700", content: "#!/bin/bash\ntrue\n" }],
                changedFirst: name === "web1-keepalived",
            });
            expect(keepalivedConf)
                .to.include(`unicast_src_ip 10.0.1.${2 + i}\n`)
                .and.include("checks/up");
        }
    });
});

describe("the secrets of a pair", () => {
    it("are not in plain text in any resource", async () => {
        const { resources, made } = await pair({ service: "nginx.service" });
        const plain = plainTexts(resources.map(({ inputs }) => inputs)).join("\n");
        expect(plain).to.not.include(TOKEN);
        expect(plain).to.not.include("PRIVATE KEY");
        const outputs = [
            made.switchCommands,
            made.statusCommand,
            made.nodes,
            made.virtualIps,
        ] as pulumi.Output<unknown>[];
        for (const output of outputs) {
            expect(await pulumi.isSecret(output)).to.equal(false);
            expect(JSON.stringify(await promiseOf(output))).to.not.include(TOKEN);
        }
    });

    for (const [about, wrap] of [
        ["a secret", pulumi.secret],
        ["not marked as a secret", (text: string) => text],
    ] as const) {
        it(`are in two places only, given as ${about}`, async () => {
            const { resources } = await pair({ token: wrap(TOKEN), sshPrivateKey: wrap(PRIVATE_KEY) });
            const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(TOKEN));
            expect(holders.map(({ name }) => name).sort()).to.deep.equal(["web0-token", "web1-token"]);
            for (const { inputs } of holders) {
                expect(insideSecret(inputs.stdin)).to.equal(TOKEN);
                expect(inputs.create).to.equal("/usr/local/lib/failover-pair/node-setup token");
            }
            expect(plainTexts(resources.map(({ inputs }) => inputs)).join()).to.not.include("PRIVATE KEY");
        });
    }
});
