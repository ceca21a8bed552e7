/**
 * The API, a proxy, the metadata service and the run folder give bad input: the agent goes on, and claims once the
 * input is good.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { Stand } from "../../lab/agent/harness";
import type { Behaviour, HostileServer } from "./hostileServer";
import { answer, BEHAVIOURS, drip, hostileServer } from "./hostileServer";
import { took } from "./rows";

describe("an agent that reads hostile input", function () {
    this.timeout(60_000);
    let stand: Stand;
    let holder = 0;
    const servers: HostileServer[] = [];

    async function serve(behaviour: Behaviour, tls = true): Promise<HostileServer> {
        const server = await hostileServer(behaviour, tls ? stand.identity : undefined);
        servers.push(server);
        return server;
    }

    /** Every log line has one level and is the agent's own text. */
    function wellSpoken(index: number): void {
        for (const line of stand.nodes[index].log) {
            expect(line).to.match(/^<[2-6]>[^\p{Cc}]{1,2000}$/u);
            expect(line).not.to.match(/Traceback/);
        }
    }

    afterEach(() => servers.splice(0).forEach((server) => server.close()));

    describe("from the API", () => {
        before(async () => {
            stand = await Stand.open({ verifySeconds: 60 });
            await stand.startAgents();
            await stand.settle(0);
            holder = 0;
        });
        after(() => stand.close());

        for (const [name, cause, behaviour] of BEHAVIOURS) {
            it(name, async function () {
                const to = 1 - holder;
                const node = stand.nodes[to];
                const [from, { pid }] = [node.log.length, node];
                const server = await serve(behaviour);
                await stand.gate.set(`api${to}`, server.port);
                await stand.switchTo(to);
                const told = new RegExp(`\\((${cause}), try [12]\\)`);
                await until("the cause", 20_000, () => node.said(told, from) > 0, 10);
                await stand.gate.set(`api${to}`, stand.apiPort);
                const mended = performance.now();
                await stand.ends(to);
                holder = to;
                took(this, (performance.now() - mended) / 1000);
                expect(node.pid, "it was not started anew").to.equal(pid);
                wellSpoken(to);
            });
        }

        it("limits its requests if the API's pages never end", async () => {
            const to = 1 - holder;
            const server = await serve(BEHAVIOURS.find(([name]) => name === "pages without end")![2]);
            await stand.gate.set(`api${to}`, server.port);
            const began = performance.now();
            await stand.switchTo(to);
            await until("its tries", 20_000, () => stand.nodes[to].said(/\(garbled, try 4\)/) > 0, 10);
            const rate = server.asked / ((performance.now() - began) / 1000);
            console.log(`      ${server.asked} requests, ${rate.toFixed(0)} a second`);
            expect(server.asked).to.be.below(250);
            await stand.gate.set(`api${to}`, stand.apiPort);
            await stand.ends(to);
            holder = to;
        });
    });

    describe("from a proxy or the metadata service", () => {
        beforeEach(async () => {
            stand = await Stand.open({ metadata: true });
        });
        afterEach(() => stand.close());

        for (const [name, behaviour] of [
            ["one byte now and then", drip("HTTP/1.1 200 ", "x", 300)],
            ["headers without end", drip("HTTP/1.1 200 OK\r\n", "A: b\r\n", 50)],
            ["a message that would forge a log line", answer("", "403 \u001b[2J\u0000<2>forged")],
        ] as const) {
            it(`proxy: ${name}`, async () => {
                const server = await serve(behaviour, false);
                stand.nodes[1].configure({ proxy: `http://127.0.0.1:8450`, metadata: "http://127.0.0.1:1" });
                await stand.gate.set("metadata0", server.port);
                await stand.startAgents();
                await stand.settle(0);
                await stand.switchTo(1);
                await until("the cause", 20_000, () => stand.nodes[1].said(/\(network, try [12]\)/) > 0, 10);
                expect(stand.nodes[1].pid).not.to.equal(undefined);
                wellSpoken(1);
            });
        }

        for (const [name, behaviour] of [
            ["one byte now and then", drip("HTTP/1.1 200 OK\r\n\r\n", "-", 200)],
            [
                "YAML that is not a list of networks",
                answer("alias_ips: 5\n- ip: 10.0.1.3\n  alias_ips: x\n  - 10.0.1.1\n"),
            ],
            ["bytes that are not text", answer("\u00ff\u0000- ip: \u2028")],
        ] as const) {
            it(`metadata service: ${name}`, async () => {
                const server = await serve(behaviour, false);
                await stand.gate.set("metadata1", server.port);
                await stand.startAgents();
                await stand.settle(0);
                const { pid } = stand.nodes[1];
                await stand.switchTo(1);
                await stand.ends(1);
                const asked = server.asked;
                await until("it to be asked again", 20_000, () => server.asked > asked, 10);
                expect(stand.nodes[1].pid).to.equal(pid);
                wellSpoken(1);
            });
        }
    });

    describe("from its run folder", () => {
        before(async () => {
            stand = await Stand.open();
            await stand.startAgents();
            await stand.settle(0);
            holder = 0;
        });
        after(() => stand.close());

        const newer = {
            master: true,
            vips: [["10.0.1.1"]],
            timing: { accepted: ["1"] },
            lastError: "x",
            addresses: [5],
        };
        for (const [name, plant] of [
            ["of a newer version", (path: string) => writeFileSync(path, JSON.stringify(newer))],
            ["cut off", (path: string) => writeFileSync(path, '{"master": true, "vips": [')],
            ["binary", (path: string) => writeFileSync(path, Buffer.from([0xff, 0, 0x80]))],
            ["nested deeply", (path: string) => writeFileSync(path, "[".repeat(100_000))],
            ["huge", (path: string) => writeFileSync(path, " ".repeat(3_000_000))],
            ["a folder", (path: string) => mkdirSync(path)],
            ["a link", (path: string) => symlinkSync("/dev/zero", path)],
        ] as const) {
            it(`agent.json: ${name}`, async () => {
                const node = stand.nodes[1 - holder];
                await node.stop();
                const path = node.ownFile("agent.json");
                rmSync(path, { force: true });
                plant(path);
                const from = node.log.length;
                await node.launch();
                expect(node.said(/agent\.json: /, from), "one line").to.equal(1);
                await stand.switchTo(1 - holder);
                if (name === "a folder") {
                    await stand.ends(1 - holder, undefined, true);
                    rmSync(path, { recursive: true });
                } else {
                    await stand.ends(1 - holder);
                }
                holder = 1 - holder;
                wellSpoken(holder);
            });
        }
    });
});
