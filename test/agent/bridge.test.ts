import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { Stand } from "../../lab/agent/harness";
import { took } from "./rows";

/** Seconds. */
const INTERVAL = 0.1;

describe("the bridge, as the agent sees it", function () {
    this.timeout(60_000);
    let stand: Stand;

    /** The first node has the alias, the second one is to be promoted. */
    async function open(follow: string, graceSeconds = 600): Promise<void> {
        stand = await Stand.open({ metadata: true });
        stand.nodes.forEach((node) => node.configure({ bridge: { follow, graceSeconds, interval: INTERVAL } }));
        await stand.carries(0, true);
        await stand.carries(1, true);
        await stand.startAgents();
        await stand.settle(0);
    }
    afterEach(() => stand.close());

    const state = () => stand.nodes[1].state();
    const holder = (index: number) => readFileSync(stand.nodes[index].ownFile("holder"), "utf8").trim();

    async function carried(): Promise<number> {
        const seq = stand.seq;
        await stand.switchTo(1);
        await until("to be carried", 5000, () => state().carriedBy === "nginx0", 5);
        return seq;
    }

    it("leaves the alias with a peer that carries, and moves it after the grace period if the peer was drained", async function () {
        await open("afterGrace", 1);
        const drain = join(stand.nodes[0].runDir, "drain");
        writeFileSync(drain, "1\n");
        const seq = await carried();
        writeFileSync(drain, "0\n");
        expect([holder(0), holder(1)]).to.deep.equal(["self", "peer"]);
        await stand.nodes[1].tells(/^failover_pair_carried\{pair="web",node="nginx1"\} 1\.0$/m);
        expect(stand.posts(seq)).to.deep.equal([]);
        took(this, await stand.ends(1));
        expect((state().lastClaim?.seconds ?? 0) * 1000).to.be.below(
            performance.now() - stand.nodes[1].promotedAt - 900,
        );
        expect(holder(1)).to.equal("self");
        // the former holder needs to know it soon: if it is promoted again, its answers go through the tunnel
        await until("the former holder to know", 3000, () => holder(0) === "peer");
    });

    it("changes nothing in the cloud if the node becomes MASTER again within the grace period", async () => {
        await open("afterGrace");
        const seq = await carried();
        await stand.switchTo(0);
        await stand.ends(0);
        expect(stand.posts(seq)).to.deep.equal([]);
        expect([holder(0), state().carriedBy]).to.deep.equal(["self", null]);
    });

    it("changes nothing if the holder has recovered at the end of the grace period: it becomes MASTER again", async () => {
        await open("afterGrace", 3);
        const seq = await carried();
        await stand.letsGo(1);
        await stand.ends(0);
        expect(stand.posts(seq)).to.deep.equal([]);
        expect(stand.nodes[1].said(/nginx0 has recovered: it is to be MASTER again/)).to.equal(1);
    });

    it("moves the alias if the recovered holder fails a second time", async () => {
        await open("afterGrace", 2);
        await carried();
        await stand.letsGo(1);
        await stand.ends(0);
        const seq = await carried();
        await stand.ends(1);
        expect(stand.posts(seq)).not.to.deep.equal([]);
    });

    it("moves the alias after the peer left three questions unanswered", async function () {
        await open("ifUnreachable");
        const seq = await carried();
        const from = performance.now();
        await stand.carries(0, false);
        await until("the first change", 10_000, () => stand.posts(seq).length > 0, 5);
        const intervals = (performance.now() - from) / 1000 / INTERVAL;
        console.log(`      noticed after ${intervals.toFixed(1)} intervals`);
        expect(intervals).to.be.above(2);
        took(this, await stand.ends(1));
        expect(stand.nodes[1].said(/nginx0 does not answer: the alias follows/)).to.equal(1);
    });

    it("moves the alias at once with aliasFollows: immediately; until then answers go back through the peer", async function () {
        await open("immediately");
        await stand.nodes[1].stop();
        writeFileSync(stand.nodes[1].ownFile("holder"), "self\n");
        await stand.nodes[1].start();
        const held = stand.api.faults.add({ kind: "actionMs", ms: 1500, match: { aliases: "clear" } });
        await stand.switchTo(1);
        await until("the peer to be known as the holder", 1000, () => holder(1) === "peer", 5);
        stand.api.faults.remove(held);
        took(this, await stand.ends(1));
        expect(stand.nodes[1].said(/carries/)).to.equal(0);
    });

    it("moves the alias at once when the operator runs claim", async function () {
        await open("ifUnreachable");
        await carried();
        expect((await stand.nodes[1].command(["claim"])).exitCode).to.equal(0);
        took(this, await stand.ends(1));
    });

    it("moves the alias at once when the peer shuts down", async function () {
        await open("ifUnreachable");
        await stand.nodes[0].stop();
        stand.nodes[0].systemdSays("is-system-running", "stopping");
        await stand.nodes[0].start();
        await stand.switchTo(1);
        took(this, await stand.ends(1));
    });

    it("changes nothing at the serving node when the backup shuts down", async () => {
        await open("ifUnreachable");
        await stand.nodes[1].stop();
        stand.nodes[1].systemdSays("is-system-running", "stopping");
        await stand.nodes[1].start();
        const [seq, lines] = [stand.seq, stand.nodes[0].log.length];
        await stand.nodes[1].stop();
        expect(stand.nodes[1].askedSystemd("is-system-running")).to.be.greaterThan(0);
        await stand.metadataLooks(0, 2);
        expect(stand.posts(seq)).to.deep.equal([]);
        expect(stand.nodes[0].log.slice(lines)).to.deep.equal([]);
    });

    it("carries while the API is not reachable", async function () {
        await open("afterGrace", 3);
        const down = stand.api.faults.add({ kind: "refuseConnections", match: { sourceIp: "127.0.0.3" } });
        await carried();
        stand.api.faults.remove(down);
        took(this, await stand.ends(1));
    });

    it("claims an alias that no node has, although the peer would carry", async function () {
        await open("ifUnreachable");
        await carried();
        await stand.order(stand.serverIds[0], ["10.0.1.101"]);
        took(this, await stand.ends(1));
    });

    it("is carried again after a restart of the agent", async () => {
        await open("ifUnreachable");
        const seq = await carried();
        await stand.nodes[1].stop();
        await stand.nodes[1].start();
        await until("to be carried", 5000, () => state().carriedBy === "nginx0", 5);
        expect(stand.posts(seq)).to.deep.equal([]);
        const status = () => stand.nodes[1].command(["status"]);
        expect((await status()).stdout).to.match(/^WARNING +the bridge: failover-pair-bridge.service does not run$/m);
        stand.nodes[1].bridgeSays(`{"ready": true}`);
        const { stdout, exitCode } = await status();
        expect(stdout).to.match(
            /^OK +MASTER, and nginx0 carries: the alias follows when it is not reachable any more$/m,
        );
        expect(exitCode).to.equal(0);
    });

    it("finds out as backup that a failover would not be carried, and both nodes report it", async () => {
        await open("afterGrace");
        stand.nodes[1].notify("BACKUP");
        const metric = () => stand.nodes[1].metrics();
        await until("a good journey", 20_000, () => /would_carry\{.*\} 1\.0/.test(metric()));
        expect(stand.nodes[0].metrics()).not.to.match(/would_carry\{/);
        await stand.carries(0, false);
        await stand.nodes[1].stop();
        await stand.nodes[1].start();
        await until("the failure", 20_000, () => /would_carry\{.*\} 0\.0/.test(metric()));
        for (const node of stand.nodes) {
            node.bridgeSays(`{"ready": true}`);
            await until(`${node.name} to say so`, 10_000, async () => {
                const { verdict } = JSON.parse((await node.command(["status", "--json"])).stdout) as {
                    verdict: string;
                };
                return /^a failover would not be carried: 10\.0\.1\.1 \(any port\): /.test(verdict);
            });
        }
        await stand.switchTo(1);
        await stand.ends(1);
        const { stdout } = await stand.nodes[1].command(["status"]);
        expect(stdout).to.match(/^not carried +\d{4}-.*: 10\.0\.1\.1 \(any port\): /m);
        await until("the reason", 5000, () => stand.nodes[1].said(/nginx0 did not carry: /) === 1);
    });

    it("writes no files when the bridge is off", async () => {
        stand = await Stand.open();
        await stand.carries(0, true);
        await stand.startAgents();
        await stand.settle(0);
        await stand.switchTo(1);
        await stand.ends(1);
        expect(existsSync(stand.nodes[1].ownFile("holder"))).to.equal(false);
        expect(state().carriedBy).to.equal(null);
    });
});
