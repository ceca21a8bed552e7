import { expect } from "chai";
import { figuresOf } from "../../../../lab/bench/figures";
import { verdicts } from "../../../../lab/bench/goals";
import { html, text } from "../../../../lab/bench/report";
import { BALANCED, round, row, ROWS } from "./rows";

const SLOW = row(BALANCED, "service-crash", [round(2000)], { api: { latencyMs: 120, actionMs: 1600 } });
const figures = figuresOf([...ROWS, SLOW]);

describe("the benchmark's report", () => {
    it("is for a terminal a table for each speed of the API, and the goals", () => {
        const lines = text(figures, verdicts(figures)).split("\n");
        const rows = lines
            .filter((line) => /^(service|partition)/.test(line))
            .map((line) => line.replace(/ {2,}/g, "|"));
        expect(rows).to.deep.equal([
            "service-crash|the note|4500 ms|5000 ms|1.00|4.50|1000 ms|0|3",
            "service-crash|pair, balanced, bridge off|1030 ms|1500 ms|0.23|1.03|1000 ms|0|3|1 FAILED",
            "service-crash|pair, balanced, bridge on|40 ms|50 ms|0.009|0.040|1000 ms|860 ms|3",
            "partition|the note|1350 ms|1400 ms|1.00|1.35|1000 ms|0|2|right holder after the heal in 1 of 2, after 900 ms, at worst 900 ms; 1 needed an operator's help",
            "partition|pair, balanced, bridge off|900 ms|900 ms|0.67|0.90|1000 ms|950 ms|2|right holder after the heal in 2 of 2, after 2250 ms, at worst 2500 ms",
            "service-crash|pair, balanced, bridge off|2000 ms|2000 ms|–|2.00|1000 ms|0|1",
        ]);
        expect(lines.filter((line) => line.startsWith("API "))).to.deep.equal([
            "API 60 ms a call, 800 ms an action",
            "API 120 ms a call, 1600 ms an action",
        ]);
        expect(lines.at(-1)).to.match(/^met: after a partition/);
    });

    it("is for a browser one self-contained file with a timeline for each fault, at the first speed", () => {
        const page = html(figures, verdicts(figures), [["machine", "2 <processors>"]], 10_000);
        expect(page).to.contain("<dt>machine</dt><dd>2 &lt;processors&gt;</dd>");
        expect(page.match(/<svg/g)).to.have.length(2);
        expect(page.match(/class="heading"/g)).to.have.length(ROWS.length);
        expect(page).to.contain("faulty node").and.contain("pair, balanced, bridge on: 40 ms");
        expect(page).to.not.match(/<(script|link|img|iframe)|\b(src|href)=|url\(/);
    });
});
