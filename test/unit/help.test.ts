import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { tsxArgs } from "../../lab/cloud/tsx";

const ROOT = path.resolve(__dirname, "../..");

/** The npm scripts that are programs of the project, by their files; `schema` has no options. */
function programs(): [name: string, file: string][] {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
        scripts: Record<string, string>;
    };
    return Object.entries(scripts).flatMap(([name, line]) => {
        const file = /^node lab\/launch\.mjs (\S+)$/.exec(line)?.[1];
        return file === undefined || name === "schema" ? [] : [[name, file]];
    });
}

describe("--help", function () {
    this.timeout(120_000);

    it("of every program says what it is for and how it is called, and does nothing", async () => {
        expect(programs().map(([name]) => name)).to.include.members(["demo", "cloud", "test", "soak", "bench"]);
        const help = programs().map(async ([name, file]) => {
            const { stdout } = await execa(process.execPath, [...tsxArgs(path.join(ROOT, file)), "--help"]);
            const command = name === "test" ? "npm test" : `npm run ${name}`;
            expect(stdout).to.match(new RegExp(`^[A-Z].*\\.[^]*\n  ${command}\\b.* -- `));
        });
        await Promise.all(help);
    });
});
