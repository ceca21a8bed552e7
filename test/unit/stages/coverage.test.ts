import { expect } from "chai";
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { coverage } from "../../stages/coverage";

describe("the coverage of the unit stage", function () {
    this.timeout(30_000);
    let root: string;

    beforeEach(() => {
        root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "failover-coverage-")));
        fs.mkdirSync(path.join(root, "src"));
        const [run, notRun] = ["function a() {\n    return 1;\n}\n", "function b() {\n    return 2;\n}\n"];
        fs.writeFileSync(path.join(root, "src", "half.js"), `${run}${notRun}a();\n`);
        const env = { ...process.env, NODE_V8_COVERAGE: path.join(root, "counts") };
        spawnSync(process.execPath, [path.join(root, "src", "half.js")], { env });
    });
    afterEach(() => fs.rmSync(root, { recursive: true }));

    const enough = (least: number) => coverage(path.join(root, "counts"), root, "src/**/*.js", least);

    it("counts the lines that ran", async () => {
        // 4 of 7
        expect(await enough(57)).to.equal(true);
        expect(await enough(58)).to.equal(false);
    });

    it("counts a file that no test loads", async () => {
        fs.writeFileSync(path.join(root, "src", "never.js"), "function c() {\n    return 3;\n}\n");
        // 4 of 10
        expect(await enough(40)).to.equal(true);
        expect(await enough(41)).to.equal(false);
    });
});
