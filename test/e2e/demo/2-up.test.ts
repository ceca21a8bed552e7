import { expect } from "chai";
import { runPulumi, SILENT, up } from "../../../lab/stack/pulumi";
import { burst, Client } from "../../../lab/stack/client";
import { holders } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { running, type Running } from "../support/running";
import { NODES, VIP } from "../../../lab/stack/pair";

describe("a pair that has failed over", function () {
    this.timeout(180_000);
    let pair: Running;

    before(async () => {
        pair = await running();
    });

    it("is not changed by pulumi up", async () => {
        expect(await up(pair.deployment, "--expect-no-changes")).to.match(/Resources:\n +\d+ unchanged\n/);
    });

    it("is not changed by pulumi up after the alias has moved to the other node", async () => {
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
        await up(pair.deployment, "--expect-no-changes");
    });

    it("is not changed by pulumi refresh, nor by the up after it", async () => {
        const holder = await holders(pair.cloud, VIP);
        const mark = (await pair.cloud.control.audit()).at(-1)!.seq;
        await runPulumi(pair.deployment, ["refresh", ...SILENT]);
        await up(pair.deployment, "--expect-no-changes");
        await runPulumi(pair.deployment, ["preview", "--expect-no-changes"]);
        expect(await holders(pair.cloud, VIP)).to.deep.equal(holder);
        const writes = (await pair.cloud.control.audit(mark)).filter((entry) => entry.method !== "GET");
        expect(writes.map((entry) => `${entry.method} ${entry.path}`)).to.deep.equal([]);
        const answers = (await burst(await pair.cloud.netnsOf("client"), VIP, 100)).map((s) => s.answer);
        expect([...new Set(answers)]).to.deep.equal(holder);
    });
});
