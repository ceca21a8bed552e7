import { createInterface } from "node:readline";
import { expect } from "chai";
import { benchRun, filesFolder, leftBehind, rowsOf } from "./support/benchRun";

describe("npm run bench, interrupted", function () {
    this.timeout(600_000);
    const file = filesFolder();

    it("prints the figures so far, and removes everything", async () => {
        const run = benchRun("--json", file("b.json"));
        const lines = createInterface({ input: run.all! });
        lines.on("line", (line) => {
            if (line.includes("the note, round 1 of 1: ")) {
                // like Ctrl-C in a terminal: every process in the group gets the signal
                process.kill(-run.pid!, "SIGINT");
            }
        });
        await run;
        const rows = rowsOf(file("b.json"));
        expect(rows).to.have.length(1);
        expect(rows[0]).to.include({ fault: "service-crash", system: "note", rounds: 1 });
        expect(leftBehind()).to.deep.equal([]);
    });
});
