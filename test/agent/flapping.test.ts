import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { Stand } from "../../lab/agent/harness";

const CHANGES = 66;
const EVERY_MS = 300;

/** Changes the MASTER again and again. @returns a summary */
async function flap(actionMs: number): Promise<string> {
    const stand = await Stand.open({ actionMs });
    try {
        await stand.startAgents();
        await stand.settle(0);
        const seq = stand.seq;
        for (let change = 1; change <= CHANGES; change++) {
            await stand.switchTo(change % 2);
            await delay(EVERY_MS);
        }
        const seconds = await stand.ends(CHANGES % 2);
        const requests = stand.requests(0, seq).length + stand.requests(1, seq).length;
        expect(requests).to.be.below(CHANGES * 15);
        return `${requests} requests for ${CHANGES} changes, then ${seconds.toFixed(2)} s`;
    } finally {
        await stand.close();
    }
}

describe("MASTER and BACKUP change places every 0.3 s for 20 s", function () {
    this.timeout(90_000);

    it("ends with the alias on the MASTER, whether a claim is shorter or longer than that", async function () {
        const [less, longer] = await Promise.all([flap(60), flap(800)]);
        this.test!.title += `: ${less}; ${longer}`;
    });
});
