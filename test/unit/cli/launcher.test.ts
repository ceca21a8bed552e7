import { expect } from "chai";
import { transformSync } from "esbuild";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

const ROOT = path.resolve(__dirname, "../../..");

describe("npx failover", function () {
    this.timeout(60_000);
    let folder: string;

    beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-launcher-"))));
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /** The commands as in the package: compiled, without their sources beside the launcher. */
    function pack(): string {
        const copy = (from: string, to: string) => {
            const source = fs.readFileSync(path.join(ROOT, from), "utf8");
            const text = from.endsWith(".ts")
                ? transformSync(source, { loader: "ts", format: "cjs", target: "es2022" }).code
                : source;
            fs.mkdirSync(path.dirname(path.join(folder, to)), { recursive: true });
            fs.writeFileSync(path.join(folder, to), text);
        };
        const sources = ["cli", "components"].flatMap((place) =>
            fs
                .readdirSync(path.join(ROOT, place), { recursive: true, encoding: "utf8" })
                .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
                .map((name) => path.join(place, name)),
        );
        sources.forEach((file) => copy(file, path.join("dist", file.replace(/\.ts$/, ".js"))));
        copy(path.join("cli", "failover.mjs"), path.join("cli", "failover.mjs"));
        fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
        return path.join(folder, "cli", "failover.mjs");
    }

    it("starts the package's compiled commands, and returns their exit code", async () => {
        const launcher = pack();
        const help = await execa(process.execPath, [launcher, "--help"]);
        expect(help.stdout).to.match(/^usage: failover COMMAND/);
        const wrong = await execa(process.execPath, [launcher, "nothing"], { reject: false });
        expect([wrong.exitCode, wrong.stderr]).to.satisfy(
            ([code, text]: [number, string]) => code === 3 && text !== "",
        );
    });
});
