import { expect } from "chai";
import { figuresOf, jsonOf } from "../../../../lab/bench/figures";
import { verdictLine, verdicts } from "../../../../lab/bench/goals";
import { API, BALANCED, BRIDGED, round, row, ROWS } from "./rows";

describe("the benchmark's figures", () => {
    const figures = figuresOf(ROWS);

    it("are complete in what --json writes, with nothing else", () => {
        expect(figures.filter(({ fault }) => fault === "service-crash").map(jsonOf)).to.deep.equal([
            {
                fault: "service-crash",
                system: "note",
                preset: null,
                bridge: false,
                rounds: 3,
                medianMs: 4500,
                worstMs: 5000,
                ratioToNote: 1,
                ratioToFloor: 4.5,
            },
            {
                fault: "service-crash",
                system: "pair",
                preset: "balanced",
                bridge: false,
                rounds: 3,
                medianMs: 1030,
                worstMs: 1500,
                ratioToNote: 0.229,
                ratioToFloor: 1.03,
            },
            {
                fault: "service-crash",
                system: "pair",
                preset: "balanced",
                bridge: true,
                rounds: 3,
                medianMs: 40,
                worstMs: 50,
                ratioToNote: 0.009,
                ratioToFloor: 0.04,
            },
        ]);
    });

    it("count the rounds in which the right node became the holder by itself, and how fast", () => {
        const right = figures.filter(({ fault }) => fault === "partition").map(({ right }) => right);
        expect(right).to.deep.equal([
            { rounds: 1, medianMs: 900, worstMs: 900 },
            { rounds: 2, medianMs: 2250, worstMs: 2500 },
        ]);
        expect(figures.map(({ byHand }) => byHand)).to.deep.equal([0, 1, 0, 0, 0]);
    });

    it("are compared with the note's only at the same speed of the API", () => {
        const slow = row(BALANCED, "service-crash", [round(2000)], { api: { latencyMs: 120, actionMs: 1600 } });
        const [of] = figuresOf([...ROWS, slow]).slice(-1);
        expect([of.ratioToNote, of.ratioToFloor]).to.deep.equal([null, 2]);
    });

    it("leave out what was not measured", () => {
        expect(figuresOf([row(BALANCED, "switchover", [], { failures: ["no", "no"] })])).to.deep.equal([]);
    });
});

describe("the goals", () => {
    it("have one line each, with figures, if there are figures for them", () => {
        expect(verdicts(figuresOf(ROWS)).map(verdictLine)).to.deep.equal([
            "met: a crashed service costs less than 150 ms with the bridge: balanced, bridge on: 40 ms (worst 50 ms)",
            "met: and less than 1.05 of detection and API without it: balanced, bridge off: 1.03 (1030 of 1000 ms)",
            "met: no node answers again after one that was promoted later: balanced, bridge off: 0 of 3; balanced, bridge on: 0 of 3",
            "met: after a partition the right node is the holder every time, within 3 s: balanced, bridge off: 2 of 2, worst 2500 ms",
        ]);
    });

    it("are missed by one row that misses them", () => {
        const rows = [
            row(BRIDGED, "service-crash", [round(200)]),
            row(BALANCED, "node-poweroff", [round(1049)]),
            row(BRIDGED, "node-poweroff", [round(1050, { wentBack: true })]),
            row(BALANCED, "partition", [round(900, { rightMs: 500 }), round(900, { rightMs: null })]),
        ];
        const met = verdicts(figuresOf(rows)).map((one) => one.met);
        expect(met).to.deep.equal([false, false, false, false]);
        expect(API).to.deep.equal(rows[0].api);
    });
});
