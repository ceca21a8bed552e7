import { expect } from "chai";
import * as fs from "fs";
import { benchRun, filesFolder, leftBehind, rowsOf } from "./support/benchRun";
import { tell } from "./support/onPair";

describe("npm run bench", function () {
    this.timeout(600_000);
    const file = filesFolder();

    it("measures the note's pair and this project's pair, prints the figures, and removes everything", async () => {
        const { exitCode, all } = await benchRun("--json", file("a.json"), "--html", file("a.html"));
        expect(exitCode, all).to.equal(0);
        const rows = rowsOf(file("a.json"));
        rows.forEach((row) => tell(JSON.stringify(row)));
        expect(
            rows.map(({ fault, system, preset, bridge, rounds }) => ({ fault, system, preset, bridge, rounds })),
        ).to.have.deep.members([
            { fault: "service-crash", system: "note", preset: null, bridge: false, rounds: 1 },
            { fault: "service-crash", system: "pair", preset: "balanced", bridge: false, rounds: 1 },
            { fault: "service-crash", system: "pair", preset: "balanced", bridge: true, rounds: 1 },
        ]);
        const [, without, bridged] = rows;
        expect(without.ratioToNote).to.be.within(0.01, 0.9);
        expect(bridged.medianMs / without.medianMs).to.be.below(0.5);
        expect(fs.readFileSync(file("a.html"), "utf8")).to.match(/<svg[^]*service-crash|service-crash[^]*<svg/);
        expect(leftBehind()).to.deep.equal([]);
    });
});
