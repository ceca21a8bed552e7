import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { OTHERS, Stand, VIP } from "../../lab/agent/harness";
import { took } from "./rows";

/** When the other client begins, in ms after the promotion. Its change takes 250 ms, as does the agent's. */
const MOMENTS = [-240, -200, -150, -80, -20, 20, 60, 120, 200, 300, 400];

describe("another client that changes aliases in the middle of a claim", function () {
    this.timeout(60_000);
    let stand: Stand;
    let holder = 0;
    const others = [[OTHERS[0]], [OTHERS[1]]];

    before(async () => {
        stand = await Stand.open({ latencyMs: 10, actionMs: 250 });
        await stand.startAgents();
        await stand.settle(0);
    });
    after(() => stand.close());

    /**
     * Replaces one alias of the other client. Like a careful client it reads, changes, and starts over if the server is
     * locked.
     */
    async function exchange(index: number, alias: string): Promise<void> {
        const serverId = stand.serverIds[index];
        const change = async () => {
            const { locked, aliases: all } = await stand.serverByApi(serverId);
            const aliases = all.filter((one) => !others[index].includes(one));
            if (locked) {
                return false;
            }
            await stand.order(serverId, [OTHERS[index], alias, ...aliases]);
            return true;
        };
        await until("their alias to be accepted", 20_000, change, 20);
        others[index] = [OTHERS[index], alias];
    }

    for (const [where, at] of [
        ["the peer's", 0],
        ["this server's", 1],
    ] as const) {
        for (const [number, moment] of MOMENTS.entries()) {
            it(`loses no alias in ${where} list, ${moment} ms after the promotion`, async function () {
                const to = 1 - holder;
                const index = at === 0 ? holder : to;
                const alias = `10.0.1.${110 + 20 * at + number}`;
                const theirs = delay(Math.max(0, moment)).then(() => exchange(index, alias));
                await delay(Math.max(0, -moment));
                await stand.switchTo(to);
                await theirs;
                took(this, await stand.ends(to, others));
                holder = to;
            });
        }
    }

    it("keeps an alias that appears in the list without a request to the API", async function () {
        const to = 1 - holder;
        const seq = stand.seq;
        await stand.switchTo(to);
        await until("the clear", 5000, () => stand.posts(seq).some(({ status }) => status === 201), 1);
        others[to] = [OTHERS[to], "10.0.1.190"];
        await stand.force(to, others[to]);
        took(this, await stand.ends(to, others));
        holder = to;
    });

    it("removes the VIP as soon as it is assigned: the agent repairs it", async function () {
        const to = 1 - holder;
        await stand.switchTo(to);
        await stand.claimed(to);
        await stand.api.settled();
        await stand.order(stand.serverIds[to], others[to]);
        await until("the alias to be gone", 5000, () => !stand.aliases(to).includes(VIP), 5);
        took(this, await stand.ends(to, others));
        expect(stand.nodes[to].said(/repairing/)).to.equal(1);
        holder = to;
    });
});
