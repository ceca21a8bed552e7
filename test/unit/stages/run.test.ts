import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { tsxArgs } from "../../../lab/cloud/tsx";

const ROOT = path.resolve(__dirname, "../../..");

describe("npm test", function () {
    this.timeout(60_000);
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-stages-"));
        // a stand-in for Debian's: it prints the packages that it was asked to install
        fs.writeFileSync(path.join(folder, "apt-get"), `#!/bin/sh\necho "$*" >>${folder}/asked\n`, { mode: 0o755 });
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /** Runs npm test on a machine with node and no other program. */
    function run(...words: string[]) {
        return execa(process.execPath, [...tsxArgs(path.join(ROOT, "test", "run.ts")), ...words], {
            cwd: ROOT,
            env: { PATH: folder },
            extendEnv: false,
            all: true,
            reject: false,
        });
    }

    const installed = () => {
        const file = path.join(folder, "asked");
        return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    };

    it("format and lint install no Debian package", async () => {
        for (const [stage, checks] of [
            ["format", 1],
            ["lint", 2],
        ] as const) {
            const { exitCode, all } = await run(stage, "test/stages/reporter.cjs");
            expect(all).to.match(new RegExp(`\n${checks} passed, 0 failed$`));
            expect(exitCode).to.equal(0);
        }
        expect(installed()).to.equal("");
    });

    it("lint fails on a phrase of the English check", async () => {
        const file = path.join(folder, "planted.md");
        fs.writeFileSync(file, ["# Planted", "", "A node that is", "no holder."].join("\n"));
        const { exitCode, all } = await run("lint", file);
        expect(all).to.match(/planted\.md:3: "is no": write "is not a …"\n/);
        expect(exitCode).to.equal(1);
    });

    it("a stage installs the programs that it calls, and fails if it still cannot run", async () => {
        const { exitCode, all } = await run("python");
        expect(installed())
            .to.match(/install .*\bpython3 python3-venv\n/)
            .and.not.match(/iproute2|nftables/);
        expect(all).to.match(/\n0 passed, 1 failed$/);
        expect(exitCode).to.equal(1);
    });

    it("mocha runs one file by itself", async () => {
        const mocha = path.join(ROOT, "node_modules", ".bin", "mocha");
        const { stdout } = await execa(process.execPath, [mocha, "test/unit/lab/soak/schedule.test.ts"], { cwd: ROOT });
        expect(stdout).to.match(/^ +\d+ passing/m);
    });

    it("runs one file", async () => {
        const { all } = await run("unit", "test/unit/lab/soak/schedule.test.ts");
        expect(all).to.match(/^unit +\d+ +0 +[\d.]+$/m);
    });
});
