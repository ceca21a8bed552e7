/** Faults between a node and the API. */
import { appendFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import type { Certificate } from "../../lab/agent/cloudSide";
import { API_NAME, certificate } from "../../lab/agent/cloudSide";
import { Stand } from "../../lab/agent/harness";
import { ConnectProxy } from "./connectProxy";
import { took } from "./rows";

describe("a claim when the API is hard to reach", function () {
    this.timeout(60_000);
    let stand: Stand;

    async function open(config: Record<string, unknown> = {}, ipv6 = false): Promise<void> {
        stand = await Stand.open({ ipv6 });
        stand.nodes[1].configure(config);
    }

    /** Starts the agents with the alias on the first node. */
    async function settle(): Promise<void> {
        await stand.startAgents();
        await stand.settle(0);
    }

    /** Makes the second node MASTER and waits until it has failed for that reason. */
    async function fails(pattern: RegExp): Promise<void> {
        const from = stand.nodes[1].log.length;
        await stand.switchTo(1);
        await until(String(pattern), 20_000, () => stand.nodes[1].said(pattern, from) > 0, 10);
    }

    afterEach(() => stand.close());

    for (const [mode, pattern] of [
        ["closed", /refused \(network, try 1\)/],
        ["refuse", /\(network, try 1\)/],
        ["silent", /timed out \(network, try 1\)/],
    ] as const) {
        it(`succeeds after the port of the API was in mode "${mode}" for a while`, async function () {
            await open();
            await settle();
            await stand.gate.set("api1", mode);
            await fails(pattern);
            await stand.gate.set("api1", "open");
            const mended = performance.now();
            await stand.ends(1);
            took(this, (performance.now() - mended) / 1000);
        });
    }

    async function imposter({ key, cert }: Certificate): Promise<void> {
        const asked: string[] = [];
        const server = createHttpsServer({ key, cert }, (request) => void asked.push(request.url!));
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        await stand.gate.set("api1", (server.address() as AddressInfo).port);
        await fails(/^<2>.*certificate: .* \(certificate, try 1\)/);
        expect(asked, "an imposter hears no request and so no token").to.deep.equal([]);
        await stand.gate.set("api1", stand.apiPort);
        await stand.ends(1);
        server.close();
        server.closeAllConnections();
    }

    it("sends no request to an imposter with a certificate of another CA", async () => {
        await open();
        await settle();
        await imposter(await certificate(API_NAME));
    });

    it("sends no request to an imposter with a trusted certificate for another name", async () => {
        await open();
        const other = await certificate("other.test", []);
        appendFileSync(join(stand.folder, "ca.pem"), `\n${other.cert}`);
        await settle();
        await imposter(other);
    });

    it("works over IPv6 only", async function () {
        await open({ endpoint: "https://[::1]:8441/v1" }, true);
        await settle();
        await stand.switchTo(1);
        took(this, await stand.ends(1));
    });

    describe("with a host name in the endpoint", () => {
        let names: (hosts: string) => void;

        async function named(hosts: string): Promise<void> {
            await open({ endpoint: `https://${API_NAME}:8441/v1` }, true);
            const file = (name: string) => join(stand.folder, name);
            names = (text) => writeFileSync(file("hosts"), text);
            names(hosts);
            writeFileSync(file("nsswitch.conf"), "hosts: files\n");
            const bind = ["hosts", "nsswitch.conf"]
                .map((name) => `mount --bind ${file(name)} /etc/${name}`)
                .join(" && ");
            stand.nodes[1].launcher = (words) => ["unshare", "-m", "sh", "-c", `${bind} && exec "$@"`, "sh", ...words];
        }

        it("uses the addresses from before when the name cannot be resolved any more", async function () {
            await named(`127.0.0.1 ${API_NAME}\n`);
            await settle();
            names("");
            await stand.gate.set("api1", "refuse");
            await stand.gate.set("api1", "open");
            await stand.switchTo(1);
            took(this, await stand.ends(1));
        });

        it("uses them after a restart too", async function () {
            await named(`127.0.0.1 ${API_NAME}\n`);
            await settle();
            await stand.nodes[1].stop();
            names("");
            await stand.nodes[1].launch();
            await stand.switchTo(1);
            took(this, await stand.ends(1));
        });

        it("waits for a name that cannot be resolved yet", async function () {
            await named("");
            await settle();
            await fails(/cannot resolve api\.test \(network/);
            names(`127.0.0.1 ${API_NAME}\n`);
            const known = performance.now();
            await stand.ends(1);
            took(this, (performance.now() - known) / 1000);
        });

        for (const [what, hosts] of [
            ["IPv4 leads nowhere", `192.0.2.1 ${API_NAME}\n::1 ${API_NAME}\n`],
            ["IPv6 leads nowhere", `2001:db8::1 ${API_NAME}\n127.0.0.1 ${API_NAME}\n`],
            ["one of several addresses is dead", `127.0.0.9 ${API_NAME}\n127.0.0.1 ${API_NAME}\n`],
        ] as const) {
            it(`tries the other addresses if ${what}`, async function () {
                await named(hosts);
                await settle();
                await stand.switchTo(1);
                took(this, await stand.ends(1));
                expect(stand.nodes[1].said(/\(network/)).to.equal(0);
            });
        }
    });

    describe("through a proxy", () => {
        let proxy: ConnectProxy;

        async function through(endpoint: string): Promise<void> {
            await open({ endpoint, proxy: "http://127.0.0.1:8441" });
            proxy = await ConnectProxy.open(stand.apiPort, "127.0.0.3");
            await stand.gate.set("api1", proxy.port);
            await settle();
        }
        afterEach(() => proxy.close());

        for (const [endpoint, target] of [
            ["https://api.test:9/v1", "api.test:9"],
            ["https://[::1]:9/v1", "[::1]:9"],
        ]) {
            it(`reaches ${endpoint}`, async function () {
                await through(endpoint);
                await stand.switchTo(1);
                took(this, await stand.ends(1));
                expect(new Set(proxy.asked)).to.deep.equal(new Set([target]));
            });
        }

        it("waits for a proxy that refuses for a while", async () => {
            await through("https://api.test:9/v1");
            proxy.refuse(true);
            await fails(/the proxy refused: status 407 \(network, try 1\)/);
            proxy.refuse(false);
            await stand.ends(1);
        });
    });
});
