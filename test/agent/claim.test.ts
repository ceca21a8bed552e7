import { rmSync } from "node:fs";
import { expect } from "chai";
import type { AgentNode } from "../../lab/agent/agentNode";
import { OTHERS, Stand, VIP } from "../../lab/agent/harness";

/** From the moment the VIP is on the NIC to the moment the cloud delivers to it. */
async function outage(stand: Stand, to: number): Promise<number> {
    await stand.nodes[1 - to].demote();
    const began = performance.now();
    await stand.nodes[to].promote();
    await stand.claimed(to);
    const change = stand.fabric.changes
        .filter(({ serverId, ips }) => serverId === stand.serverIds[to] && ips.includes(VIP))
        .at(-1)!;
    return change.at - began;
}

/** How long two calls and two actions take a client that does nothing else. */
async function floor(stand: Stand): Promise<number> {
    const bystander = await stand.quickly(() => stand.addServer("bystander", "10.0.1.20", []));
    let total = 0;
    for (const aliases of [["10.0.1.120"], []]) {
        const began = performance.now();
        await stand.order(bystander, aliases);
        const call = performance.now() - began;
        await stand.api.settled();
        // an action starts in the middle of its call
        total += performance.now() - began + call / 2;
    }
    return total;
}

/** The median: a single claim may be slowed down by other load on the machine. */
function middle(numbers: number[]): number {
    return [...numbers].sort((a, b) => a - b)[(numbers.length - 1) / 2];
}

function tell(ratios: number[], requests: number[]): void {
    console.log(`      claim / floor: ${ratios.map((ratio) => ratio.toFixed(3)).join(" ")}`);
    console.log(`      requests: ${requests.join(" ")}`);
}

describe("a claim", function () {
    this.timeout(120_000);
    let stand: Stand;
    let least: number;

    async function open(latencyMs: number, actionMs: number, prepare?: (node: AgentNode) => void): Promise<void> {
        stand = await Stand.open({ latencyMs, actionMs, verifySeconds: 30, metadata: prepare !== undefined });
        stand.nodes.forEach((node) => prepare?.(node));
        least = await floor(stand);
        await stand.startAgents();
        await stand.settle(0);
    }

    afterEach(() => stand.close());

    it("takes the alias from the peer within 5 % of what the cloud needs, and keeps all others", async () => {
        await open(60, 800);
        const ratios: number[] = [];
        const requests: number[] = [];
        for (const to of [1, 0, 1, 0, 1, 0, 1]) {
            const seq = stand.seq;
            ratios.push((await outage(stand, to)) / least);
            requests.push(stand.nodes[to].state().lastClaim!.requests);
            const [clear, assign] = stand.posts(seq).filter(({ status }) => status === 201);
            expect(clear).to.deep.include({ path: `/v1/servers/${stand.serverIds[1 - to]}/actions/change_alias_ips` });
            expect(clear.body).to.deep.equal({ network: stand.networkId, alias_ips: [OTHERS[1 - to]] });
            expect(assign.body).to.deep.equal({ network: stand.networkId, alias_ips: [OTHERS[to], VIP] });
        }
        await stand.ends(1);
        tell(ratios, requests);
        expect(middle(ratios)).to.be.below(1.05);
        expect(Math.max(...requests)).to.be.at.most(15);
    });

    it("takes no longer when the peer was asked to carry and does not", async () => {
        const bridge = { follow: "afterGrace", graceSeconds: 600, interval: 0.1 };
        await open(40, 400, (node) => node.configure({ bridge }));
        const ratios: number[] = [];
        for (const to of [1, 0, 1, 0, 1]) {
            ratios.push((await outage(stand, to)) / least);
        }
        await stand.ends(1);
        tell(ratios, []);
        // waiting for the question would add 50 ms to each claim; the first claim has no stored timings
        expect(Math.min(...ratios)).to.be.below(1.05);
    });

    for (const [latencyMs, actionMs] of [
        [20, 300],
        [60, 800],
        [150, 2000],
    ]) {
        it(`is as fast at the first claim of a node without stored timings: ${latencyMs} ms a call, ${actionMs} ms an action`, async () => {
            await open(latencyMs, actionMs);
            const ratios: number[] = [];
            const requests: number[] = [];
            for (const to of [1, 0, 1, 0, 1]) {
                const node = stand.nodes[to];
                await node.stop();
                rmSync(node.ownFile("agent.json"));
                await node.start();
                ratios.push((await outage(stand, to)) / least);
                requests.push(node.state().lastClaim!.requests);
            }
            await stand.ends(1);
            tell(ratios, requests);
            expect(middle(ratios)).to.be.below(1.05);
            expect(Math.max(...requests)).to.be.at.most(15);
        });
    }
});
