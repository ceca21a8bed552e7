import { expect } from "chai";
import { burst, Client } from "../../../lab/stack/client";
import { holders } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { running, type Running } from "../support/running";
import { NODES, VIP } from "../../../lab/stack/pair";

describe("pulumi up, refresh and preview on a pair that has failed over", function () {
    this.timeout(180_000);
    let pair: Running;

    before(async () => {
        pair = await running();
    });

    it("up changes nothing", async () => {
        const result = await pair.deployment.stack.up({ expectNoChanges: true });
        expect(Object.keys(result.summary.resourceChanges ?? {})).to.deep.equal(["same"]);
    });

    it("up changes nothing either after the alias has moved to the other node", async () => {
        const client = new Client(await pair.cloud.netnsOf("client"), VIP);
        try {
            const node = await client.steady("the address to answer", 60_000);
            const outage = await client.during(() => pair.cloud.exec(node, ["systemctl", "restart", "keepalived"]), {
                mustMove: true,
            });
            console.log(`      keepalived restarted: ${outage.outageMs} ms`);
        } finally {
            await client.stop();
        }
        await untilHealthy(pair.cloud, NODES);
        await pair.deployment.stack.up({ expectNoChanges: true });
    });

    it("refresh changes nothing in the cloud, and the up after it changes nothing", async () => {
        const holder = await holders(pair.cloud, VIP);
        const mark = (await pair.cloud.control.audit()).at(-1)!.seq;
        await pair.deployment.stack.refresh();
        await pair.deployment.stack.up({ expectNoChanges: true });
        await pair.deployment.stack.preview({ expectNoChanges: true });
        expect(await holders(pair.cloud, VIP)).to.deep.equal(holder);
        const writes = (await pair.cloud.control.audit(mark)).filter((entry) => entry.method !== "GET");
        expect(writes.map((entry) => `${entry.method} ${entry.path}`)).to.deep.equal([]);
        const answers = (await burst(await pair.cloud.netnsOf("client"), VIP, 100)).map((s) => s.answer);
        expect([...new Set(answers)]).to.deep.equal(holder);
    });
});
