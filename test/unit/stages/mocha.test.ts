import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { mocha, type Counts } from "../../stages/mocha";
import { timeTable } from "../../stages/table";

const GOOD = `describe("good", () => { it("a", () => undefined); it("b", () => undefined); });`;
const BAD = `describe("bad", () => { it("c", () => { throw new Error("it is bad"); }); });`;
const CRASH = `describe("crash", () => { it("d", () => undefined); after(() => process.exit(0)); });`;

describe("a run of mocha", function () {
    this.timeout(60_000);
    let folder: string;

    beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-mocha-"))));
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    async function run(tests: Record<string, string>, words: string[] = []): Promise<Counts & { said: string }> {
        const files = Object.entries(tests).map(([name, text]) => {
            const file = path.join(folder, `${name}.test.js`);
            fs.writeFileSync(file, text);
            return file;
        });
        const log = path.join(folder, "output");
        const output = fs.openSync(log, "a");
        const counts = await mocha([...words, ...files], { output, name: "part" });
        fs.closeSync(output);
        return { ...counts, said: fs.readFileSync(log, "utf8") };
    }

    it("is counted as a whole and by file, and its output is kept together", async () => {
        const { passed, failed, parts, byFile, said } = await run({ good: GOOD, bad: BAD });
        expect([passed, failed]).to.deep.equal([2, 1]);
        expect(parts!.map(({ name, passed, failed }) => [name, passed, failed])).to.deep.equal([
            ["good.test.js", 2, 0],
            ["bad.test.js", 0, 1],
        ]);
        expect(said).to.contain("it is bad");
        expect(byFile!.map(({ name, passed, failed }) => [name, passed, failed])).to.deep.equal([
            [path.join(folder, "good.test.js"), 2, 0],
            [path.join(folder, "bad.test.js"), 0, 1],
        ]);
    });

    it("is counted by file if its files run in their own processes, and so is a failing hook", async () => {
        const hook = `describe("hook", () => { beforeEach(() => { throw new Error("no"); }); it("e", () => undefined); });`;
        const { failed, byFile } = await run({ good: GOOD, bad: BAD, hook }, ["--parallel", "--jobs", "2"]);
        expect(failed).to.equal(2);
        const counts = byFile!.map(({ name, passed, failed }) => [path.basename(name!), passed, failed]);
        expect(counts.sort()).to.deep.equal([
            ["bad.test.js", 0, 1],
            ["good.test.js", 2, 0],
            ["hook.test.js", 0, 1],
        ]);
    });

    it("fails if it ends before its tests have ended", async () => {
        const { passed, failed } = await run({ good: GOOD, crash: CRASH });
        expect([passed, failed]).to.deep.equal([0, 1]);
    });
});

describe("the table of where the time went", () => {
    it("has the stages, their parts, and the slow or failed files", () => {
        const files: Counts[] = [
            { name: "long", passed: 3, failed: 0, seconds: 61.24 },
            { name: "short", passed: 1, failed: 0, seconds: 0.5 },
            { name: "failed", passed: 0, failed: 1, seconds: 0.5 },
        ];
        const part = { name: "day2", passed: 4, failed: 1, seconds: 62.3, parts: files };
        const other = { name: "cloud", passed: 7, failed: 0, seconds: 40, parts: [{ ...files[0] }] };
        const stages = [
            { name: "unit", passed: 9, failed: 0, seconds: 3 },
            { name: "e2e", passed: 11, failed: 1, seconds: 65, parts: [part, other] },
        ];
        expect(timeTable(stages).split("\n")).to.deep.equal([
            "            passed  failed  seconds",
            "----------  ------  ------  -------",
            "unit             9       0      3.0",
            "e2e             11       1     65.0",
            "  day2           4       1     62.3",
            "    long         3       0     61.2",
            "    failed       0       1      0.5",
            "  cloud          7       0     40.0",
        ]);
    });
});
