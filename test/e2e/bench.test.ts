import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { createInterface } from "readline";
import type { jsonOf } from "../../lab/bench/figures";
import { tell } from "./support/onPair";
import { ROOT } from "./support/paths";

const NAME = `bench${process.pid}`;

type Row = ReturnType<typeof jsonOf>;

describe("npm run bench", function () {
    this.timeout(600_000);
    let folder: string;

    before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-e2e-"))));
    after(() => fs.rmSync(folder, { recursive: true }));

    const file = (name: string) => path.join(folder, name);
    const words = ["run", "bench", "--", "--quick", "--rounds", "1", "--faults", "service-crash", "--seed", "1"];
    const bench = (...more: string[]) =>
        execa("npm", [...words, "--name", NAME, ...more], { cwd: ROOT, all: true, reject: false, detached: true });
    const leftBehind = () => fs.readdirSync("/run/netns").filter((netns) => netns.startsWith(`lc-${NAME}-`));

    it("measures the note's pair and this project's pair, prints the figures, and removes everything", async () => {
        const { exitCode, all } = await bench("--json", file("a.json"), "--html", file("a.html"));
        expect(exitCode, all).to.equal(0);
        const rows = JSON.parse(fs.readFileSync(file("a.json"), "utf8")) as Row[];
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

    it("prints the figures so far when it is interrupted, and removes everything", async () => {
        const run = bench("--json", file("b.json"));
        const lines = createInterface({ input: run.all! });
        lines.on("line", (line) => {
            if (line.includes("the note, round 1 of 1: ")) {
                // like Ctrl-C in a terminal: every process in the group gets the signal
                process.kill(-run.pid!, "SIGINT");
            }
        });
        await run;
        const rows = JSON.parse(fs.readFileSync(file("b.json"), "utf8")) as Row[];
        expect(rows).to.have.length(1);
        expect(rows[0]).to.include({ fault: "service-crash", system: "note", rounds: 1 });
        expect(leftBehind()).to.deep.equal([]);
    });
});
