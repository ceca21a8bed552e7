import { expect } from "chai";
import { burst } from "../../../lab/stack/client";
import { holders } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { running, type Running } from "../support/running";
import { VIP } from "../../../lab/stack/pair";

describe("npm run demo", function () {
    this.timeout(60_000);
    let pair: Running;

    before(async function () {
        // without caches, this builds the engine and the servers' image
        this.timeout(60 * 60_000);
        pair = await running();
    });

    it("measures the four faults, and the other node answers after each of them", () => {
        expect(pair.figures.faults.map((fault) => fault.name)).to.deep.equal([
            "nginx stopped",
            "node killed",
            "keepalived stopped",
            "node rebooted",
        ]);
        for (const fault of pair.figures.faults) {
            expect([fault.before, fault.after].sort(), fault.name).to.deep.equal(["nginx0", "nginx1"]);
        }
        // with the bridge, a fault that leaves the node running may lose no answer
        const [stopped, killed] = pair.figures.faults.map(({ outageMs }) => outageMs);
        expect(killed).to.be.greaterThan(0);
        expect(stopped / killed).to.be.below(0.25);
        expect(pair.figures.up.seconds).to.be.greaterThan(0);
    });

    it("prints them as a table, and says how to look inside", () => {
        expect(pair.output).to.match(/fault +outage +alias moves +before +after/);
        expect(pair.output).to.contain(`npm run cloud -- exec --name ${pair.cloud.name} nginx0 -- alias-switch status`);
    });

    it("leaves a pair whose master answers 1,000 requests in a row and is the holder by the API", async () => {
        await untilHealthy(pair.cloud, ["nginx0", "nginx1"]);
        const samples = await burst(await pair.cloud.netnsOf("client"), VIP, 1000);
        const answers = [...new Set(samples.map((sample) => sample.answer))];
        expect(samples).to.have.length(1000);
        expect(answers).to.have.length(1);
        expect(await holders(pair.cloud, VIP)).to.deep.equal(answers);
    });
});
