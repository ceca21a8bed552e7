import { expect } from "chai";
import { OTHERS, Stand, VIP } from "./harness";

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

describe("a claim", () => {
    let stand: Stand;

    afterEach(() => stand.close());

    it("takes the alias from the peer within 5 % of what the cloud needs, and keeps all others", async function () {
        this.timeout(60_000);
        stand = await Stand.open({ latencyMs: 60, actionMs: 800, verifySeconds: 30 });
        await stand.startAgents();
        await stand.settle(0);
        const floor = 2 * (60 + 800);
        const ratios: number[] = [];
        const requests: number[] = [];
        for (const to of [1, 0, 1, 0, 1, 0, 1]) {
            const seq = stand.seq;
            ratios.push((await outage(stand, to)) / floor);
            requests.push(stand.nodes[to].state().lastClaim!.requests);
            const [clear, assign] = stand.posts(seq).filter(({ status }) => status === 201);
            expect(clear).to.deep.include({ path: `/v1/servers/${stand.serverIds[1 - to]}/actions/change_alias_ips` });
            expect(clear.body).to.deep.equal({ network: stand.networkId, alias_ips: [OTHERS[1 - to]] });
            expect(assign.body).to.deep.equal({ network: stand.networkId, alias_ips: [OTHERS[to], VIP] });
        }
        await stand.ends(1);
        console.log(`      claim / floor: ${ratios.map((ratio) => ratio.toFixed(3)).join(" ")}`);
        console.log(`      requests: ${requests.join(" ")}`);
        // the middle one: a single claim may meet a machine that is busy with something else
        expect([...ratios].sort((a, b) => a - b)[3]).to.be.below(1.05);
        // also the first ones, when nothing of this cloud is known
        expect(Math.max(...requests)).to.be.at.most(15);
    });
});
