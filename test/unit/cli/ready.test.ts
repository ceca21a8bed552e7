import { expect } from "chai";
import { handOver } from "../../../cli/pair/handOver";
import { type NodeReport, unready } from "../../../cli/pair/report";
import type { Ssh } from "../../../cli/pair/ssh";
import { judge } from "../../../cli/pair/verdict";
import { untilGood } from "../../../cli/pair/waiting";
import { backup, NODES, NOW, report, seen } from "./reports";
import { inVirtualTime } from "./virtualTime";

const LISTENS = "keepalived only listens for its first 3 s";

describe("a node that is not ready to take over", () => {
    // in the first row the exit code is good, and only the report's `ready` counts
    const unable: [string, Partial<NodeReport>][] = [
        ["says so", { ready: false, notReady: LISTENS }],
        ["says so, with a warning", { ready: false, notReady: LISTENS, exit: 1, verdict: LISTENS }],
        ["has an older agent and a warning", { exit: 1, verdict: LISTENS }],
    ];
    for (const [what, own] of unable) {
        it(`is not given the service if it ${what}, and the pair is not healthy`, () => {
            const pair = seen(report(), backup(own));
            const { level, why } = judge(pair, NOW);
            expect([level, why]).to.deep.equal([1, [`web1: ${LISTENS}`]]);
            expect(handOver(pair)).to.deep.equal({ refusal: [`web1 could not take over: ${LISTENS}`] });
        });
    }

    it("is recognised by the report's `ready`, or by the verdict of an older agent", () => {
        expect(unready(backup())).to.equal(null);
        expect(unready(backup({ ready: true, notReady: null }))).to.equal(null);
        expect(unready(backup({ ready: false, notReady: "drained" }))).to.equal("drained");
    });

    it("is waited for by drill and switchover", async () => {
        const words = [LISTENS, LISTENS, null];
        let looks = 0;
        const run = (server: { name: string }) => {
            const notReady = server.name === "web0" ? null : (words[looks++] ?? null);
            const own = { ready: notReady === null, notReady };
            const told = server.name === "web0" ? report(own) : backup(own);
            return Promise.resolve({ code: told.exit, stdout: JSON.stringify(told), stderr: "" });
        };
        const good = await inVirtualTime(NOW * 1000, () => untilGood({ run } as unknown as Ssh, NODES, 10));
        expect(looks).to.equal(3);
        expect(good.map((one) => one.report?.ready)).to.deep.equal([true, true]);
    });
});
