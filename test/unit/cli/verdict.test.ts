import { expect } from "chai";
import { handOver } from "../../../cli/pair/handOver";
import type { NodeReport } from "../../../cli/pair/report";
import { statusJson, statusText } from "../../../cli/pair/statusText";
import { judge } from "../../../cli/pair/verdict";
import { style } from "../../../cli/terminal/style";
import { backup, NOW, report, seen } from "./reports";

const elsewhere = { holderByApi: "web1", holderByMetadata: "not web0" };

/** The reports of the nodes, the expected level and sentence, and the reason for which a switchover is refused. */
const CASES: [string, NodeReport | null, NodeReport | null, number, string, string | null][] = [
    ["both nodes are healthy", report(), backup(), 0, "web0 is MASTER and holder, web1 is ready to take over", null],
    [
        "the alias will move, and the other node carries until then",
        report({ ...elsewhere, carriedBy: "web1", followsAt: NOW + 30 }),
        backup({ holderByApi: "web1", holderByMetadata: "web1" }),
        0,
        "web0 is MASTER, web1 forwards packets to it, and the alias moves at",
        null,
    ],
    [
        "the nodes contradict each other",
        report(),
        backup({ holderByApi: "web1" }),
        1,
        "the nodes got different holders of the alias from the API: web0 says web0, web1 says web1",
        null,
    ],
    ["no node answers", null, null, 2, "neither node answers", "did not answer"],
    [
        "the backup is silent",
        report(),
        null,
        1,
        "no node could take over: web1 does not answer",
        "web1 (root@…) did not",
    ],
    [
        "the master is silent, and the other node is BACKUP",
        null,
        backup(),
        2,
        "unknown whether the virtual IP is served",
        "web0 (",
    ],
    [
        "the master is silent, and the other node serves",
        null,
        report({ node: "web1", holderByApi: "web1" }),
        1,
        "web1 serves",
        "web0 (",
    ],
    [
        "two MASTERs",
        report(),
        backup({ vrrp: "MASTER" }),
        2,
        "both nodes are MASTER",
        "web0 is MASTER and web1 is MASTER",
    ],
    [
        "no MASTER",
        report({ vrrp: "FAULT", exit: 2 }),
        backup(),
        2,
        "no node is MASTER",
        "web0 is FAULT and web1 is BACKUP",
    ],
    [
        "the alias is elsewhere",
        report({ ...elsewhere, exit: 2 }),
        backup({ holderByApi: "web1" }),
        2,
        "web0 is MASTER, but the cloud sends to web1",
        "but the cloud sends to web1",
    ],
    [
        "the alias is moving",
        report({ ...elsewhere, since: NOW - 2, exit: 1 }),
        backup({ holderByApi: "web1" }),
        1,
        "has just become MASTER",
        "but the cloud sends to web1",
    ],
    [
        "the backup could not take over",
        report(),
        backup({ exit: 2, verdict: "keepalived is failed" }),
        1,
        "web1 could not take over",
        "web1 could not take over: keepalived is failed",
    ],
    [
        "the master reports a problem",
        report({ exit: 1, verdict: "few requests" }),
        backup(),
        1,
        "but has a problem",
        null,
    ],
    [
        "the API is silent, and the metadata service names the holder",
        report({ holderByApi: null, apiError: "timeout", exit: 1 }),
        backup({ holderByApi: null, apiError: "timeout" }),
        1,
        "but has a problem",
        null,
    ],
    [
        "the holder is unknown",
        report({ holderByApi: null, holderByMetadata: null, apiError: "timeout" }),
        backup({ holderByApi: null, holderByMetadata: null }),
        1,
        "the API did not say which node has the alias",
        "which node has the alias (timeout)",
    ],
];

describe("the verdict on a pair, and whether it may be switched", () => {
    for (const [what, a, b, level, text, refusal] of CASES) {
        it(what, () => {
            const verdict = judge(seen(a, b), NOW);
            expect(verdict.text).to.contain(text);
            expect(verdict.level).to.equal(level);
            const plan = handOver(seen(a, b));
            if (refusal === null) {
                expect(plan).to.deep.include({ refusal: null });
                expect(plan).to.have.nested.property("to.name", "web1");
            } else {
                expect(plan.refusal?.join("; ")).to.contain(refusal);
            }
        });
    }

    it("lists the problems of each node", () => {
        const pair = seen(report({ exit: 2, verdict: "the API refuses the token" }), null);
        expect(judge(pair, NOW).why).to.deep.equal([
            "web1 (root@…) did not answer within 20 s",
            "web0: the API refuses the token",
        ]);
    });
});

describe("status", () => {
    const plain = style({ isTTY: false });
    const show = (pair: ReturnType<typeof seen>) => statusText(pair, judge(pair, NOW), plain);

    it("shows the nodes side by side and the verdict at the end", () => {
        const lines = show(seen(report(), backup())).split("\n");
        expect(lines[0]).to.equal("pair web, virtual IP 10.0.1.1");
        expect(lines.find((line) => line.startsWith("VRRP"))).to.match(/MASTER since \S+ \S+ {2}BACKUP since/);
        expect(lines.find((line) => line.startsWith("holder by API"))).to.match(/web0 {2,}web0$/);
        expect(lines.at(-1)).to.equal("OK: web0 is MASTER and holder, web1 is ready to take over");
    });

    it("shows what is known if a node is silent, and the reason", () => {
        const text = show(seen(null, report({ node: "web1", holderByApi: "web1", holderByMetadata: "web1" })));
        expect(text).to.match(/^drained +\? +no$/m);
        expect(text).to.match(/^verdict +no answer +MASTER and holder$/m);
        expect(text).to.contain(
            "WARNING: web1 serves, but no node could take over: web0 does not answer\n  - web0 (root@",
        );
    });

    it("gives a program the same facts in JSON", () => {
        const pair = seen(report(), null);
        const json = JSON.parse(statusJson(pair, judge(pair, NOW))) as { level: string; nodes: object[] };
        expect(json.level).to.equal("warning");
        expect(json.nodes[1]).to.include({ name: "web1", reachable: false, report: null });
    });
});
