import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { until } from "../../lab/stack/until";
import { parseExposition } from "./exposition";
import { Stand } from "../../lab/agent/harness";

const LABELS = { pair: "web", node: "nginx0" };

describe("metrics.prom", function () {
    this.timeout(40_000);
    let stand: Stand;

    beforeEach(async () => {
        stand = await Stand.open();
    });
    afterEach(() => stand.close());

    const metrics = () => parseExposition(stand.nodes[0].metrics());

    function value(name: string, labels: Record<string, string> = {}): number | undefined {
        const wanted = JSON.stringify(Object.entries({ ...LABELS, ...labels }).sort());
        return metrics()
            .flatMap(({ samples }) => samples)
            .find(
                (one) =>
                    one.name === `failover_pair_${name}` &&
                    JSON.stringify(Object.entries(one.labels).sort()) === wanted,
            )?.value;
    }

    it("has every value that an operator has to watch", async () => {
        await stand.startAgents();
        stand.nodes[0].notify("BACKUP");
        await until("the state", 5000, () => value("state", { state: "BACKUP" }) === 1);
        expect(value("holder_agrees"), "only a MASTER has to agree").to.equal(undefined);
        await stand.settle(1);
        stand.api.faults.add({ kind: "error", status: 503, code: "unavailable", match: { method: "POST" }, count: 2 });
        await stand.switchTo(0);
        await stand.ends(0);
        await stand.nodes[0].tells(/^failover_pair_claims_total\{.*\} 1\.0$/m);

        expect(["MASTER", "BACKUP", "FAULT", "STOP"].map((state) => value("state", { state }))).to.deep.equal([
            1, 0, 0, 0,
        ]);
        expect(value("holder_agrees")).to.equal(1);
        expect(value("carried"), "without the bridge").to.equal(undefined);
        expect(value("claims_total")).to.equal(1);
        expect(value("claim_failures_total", { cause: "server-error" })).to.equal(2);
        expect(value("claim_seconds_count")).to.equal(1);
        expect(value("claim_seconds_sum")).to.be.within(0.3, 5);
        expect(value("claim_seconds_bucket", { le: "10" })).to.equal(1);
        expect(value("api_requests_total")).to.be.closeTo(stand.requests(0).length, 2);
        expect(value("api_requests_left")).to.be.within(3000, 3600);
        expect(value("token_valid")).to.equal(1);
        expect(metrics().map(({ name, type }) => `${name} ${type}`)).to.deep.equal(
            [
                "state gauge",
                "holder_agrees gauge",
                "would_carry gauge",
                "carried gauge",
                "vrrp_heard gauge",
                "ready gauge",
                "claims_total counter",
                "claim_failures_total counter",
                "claim_seconds histogram",
                "api_requests_total counter",
                "api_requests_left gauge",
                "token_valid gauge",
                "wakeups_total counter",
            ].map((line) => `failover_pair_${line}`),
        );
    });

    it("shows that the MASTER is not the holder, and that the token is refused", async () => {
        await stand.nodes[0].start();
        const fault = stand.api.faults.add({
            kind: "error",
            status: 503,
            code: "unavailable",
            match: { method: "POST" },
        });
        await stand.nodes[0].promote();
        await until("the disagreement", 5000, () => value("holder_agrees") === 0);
        stand.api.faults.remove(fault);
        await stand.claimed(0);
        expect(value("holder_agrees")).to.equal(1);
        stand.nodes[0].replaceToken("r3voked".repeat(8));
        await until("the token", 5000, () => value("token_valid") === 0);
        expect(value("claim_failures_total", { cause: "token-refused" })).to.be.at.least(1);
    });

    it("is valid with any name of the pair", async () => {
        LABELS.pair = 'a "b" \\ c';
        try {
            stand.nodes[0].configure({ pair: LABELS.pair });
            await stand.nodes[0].start();
            expect(value("token_valid")).to.equal(1);
        } finally {
            LABELS.pair = "web";
        }
    });

    it("is replaced as a whole", async () => {
        await stand.nodes[0].start();
        writeFileSync(stand.nodes[0].ownFile("metrics.prom"), "garbage");
        await stand.settle(0);
        expect(value("claims_total")).to.equal(1);
    });
});
