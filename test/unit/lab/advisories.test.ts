import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { advisories } from "../../../lab/advisories";

/** The output and exit code of a stand-in for npm or Go in the folder of that name. */
type Says = Record<string, [stdout: string, code: number, stderr?: string]>;

const ROOT = path.resolve(__dirname, "../../..");
const CLEAN = JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} });
const NPM: Says = { [path.basename(ROOT)]: [CLEAN, 0], components: [CLEAN, 0] };
const GO_FOLDERS = ["pulumi", "language-nodejs", "language-yaml", "hcloud"];
const stream = (...messages: object[]) => messages.map((each) => `${JSON.stringify(each, null, 2)}\n`).join("");
const GO = goSays([stream({ config: { scanner_name: "govulncheck" } }), 0]);
const REFUSED = JSON.stringify({
    message: "405 Method Not Allowed - POST https://mirror.example/bulk",
    statusCode: 405,
});

function goSays(said: Says[string]): Says {
    return Object.fromEntries(GO_FOLDERS.map((folder) => [folder, said]));
}

/** npm's report on a tree in which `names` have an advisory, and the packages that depend on them have none. */
function audit(fixAvailable: boolean | object, title = "Endless loop"): string {
    const via = [{ source: 1, name: "old", title, severity: "high", range: "<2" }];
    const vulnerabilities = {
        old: { name: "old", severity: "critical", via, fixAvailable },
        above: { name: "above", severity: "critical", via: ["old"], fixAvailable },
    };
    return JSON.stringify({ auditReportVersion: 2, vulnerabilities });
}

const finding = (module: string, packageName?: string, fixed?: string) => ({
    finding: { osv: "GO-2999-1", fixed_version: fixed, trace: [{ module, version: "v1.0.0", package: packageName }] },
});

describe("npm run advisories", function () {
    this.timeout(30_000);
    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-advisories-"));
    });

    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /** Runs with a PATH of only the given stand-ins. */
    function ask(stands: { npm?: Says; go?: Says }) {
        for (const [name, says] of Object.entries(stands)) {
            const lines = [
                `#!${process.execPath}`,
                `const folder = require("path").basename(process.cwd());`,
                `const [stdout, code, stderr = ""] = (${JSON.stringify(says)})[folder];`,
                `require("fs").appendFileSync(__dirname + "/asked", [${JSON.stringify(name)}, folder, ...process.argv.slice(2)].join(" ") + "\\n");`,
                `process.stdout.write(stdout); process.stderr.write(stderr); process.exitCode = code;`,
            ];
            fs.writeFileSync(path.join(folder, name), lines.join("\n"), { mode: 0o755 });
        }
        return advisories({ PATH: folder });
    }

    it("asks about both lock files and every Go module, by a pinned program", async () => {
        const { text, code } = await ask({ npm: NPM, go: GO });
        expect(code, text).to.equal(0);
        expect(text.match(/ no advisory$/gm)).to.have.length(6);
        expect(text).to.match(/^Python +nothing to ask/m);
        const asked = fs.readFileSync(path.join(folder, "asked"), "utf8").trim().split("\n");
        expect(asked.filter((line) => line.startsWith("npm "))).to.deep.equal(
            Object.keys(NPM).map((each) => `npm ${each} audit --json --include=dev`),
        );
        const go = asked.filter((line) => line.startsWith("go "));
        expect(go.map((line) => line.split(" ")[1])).to.deep.equal(GO_FOLDERS);
        for (const line of go) {
            expect(line).to.match(/ run \S+govulncheck@v\d+\.\d+\.\d+ .*-format json (tool|\.\/cmd\/\S+)$/);
        }
    });

    it("misses no Go module of the engine", () => {
        const engine = path.join(ROOT, "lab/engine");
        const modules = fs.readdirSync(engine).filter((each) => fs.existsSync(path.join(engine, each, "go.mod")));
        expect(modules).to.have.members(GO_FOLDERS);
    });

    it("shows npm's advisories, each once, with what to do about it", async () => {
        for (const [fix, wayOut] of [
            [true, "npm audit fix --prefix components"],
            [false, "no fixed version yet"],
            [{ name: "above", version: "3.0.0" }, "set above to 3.0.0 in components/package.json"],
        ] as const) {
            const { text, code } = await ask({ npm: { ...NPM, components: [audit(fix), 1] }, go: GO });
            expect(code).to.equal(1);
            expect(text).to.match(/^npm, components\/package-lock\.json +1 found$/m);
            expect(text.split("\n").at(-1)!.split(/ {2,}/)).to.deep.equal([
                "npm, components/package-lock.json",
                "old",
                "high",
                "Endless loop",
                wayOut,
            ]);
        }
    });

    it("shows Go's advisories for the packages that are imported", async () => {
        const said = stream(
            { config: {} },
            { osv: { id: "GO-2999-1", summary: "Reads too much" } },
            finding("example.org/only-named", undefined, "v1.2.0"),
            finding("example.org/used", "example.org/used/a", "v1.2.0"),
            finding("example.org/used", "example.org/used/b", "v1.2.0"),
        );
        const { text, code } = await ask({ npm: NPM, go: { ...GO, hcloud: [said, 0] } });
        expect(code).to.equal(1);
        expect(text).to.match(/^Go, lab\/engine\/hcloud\/go\.mod +1 found$/m);
        expect(text.split("\n").at(-1)).to.match(
            /example\.org\/used v1\.0\.0 +not rated +GO-2999-1: Reads too much +go -C lab\/engine\/hcloud get example\.org\/used@v1\.2\.0$/,
        );
        const own = stream({ config: {} }, finding("stdlib", "net/http", "v1.30.1"));
        expect((await ask({ npm: NPM, go: { ...GO, hcloud: [own, 0] } })).text).to.match(/ Go 1\.30\.1$/);
    });

    it("reports each question without an answer once, with the reason and what to do", async () => {
        const refused = Object.fromEntries(Object.keys(NPM).map((each) => [each, [REFUSED, 1]])) as Says;
        const database = 'go: downloading x v1\ngovulncheck: Get "index": no such host\nexit status 1\n';
        const { text, code } = await ask({ npm: refused, go: goSays([stream({ config: {} }), 1, database]) });
        expect(code).to.equal(3);
        expect(text).to.include(
            "No answer: npm, package-lock.json; npm, components/package-lock.json\n" +
                "  405 Method Not Allowed - POST https://mirror.example/bulk\n  Run this where npm reaches",
        );
        expect(text).to.match(
            /go\.mod; .*go\.mod\n {2}govulncheck: Get "index": no such host\n {2}Run this where there is Go 1\./,
        );
    });

    it("treats text that is not a report as no answer", async () => {
        for (const stdout of [
            "",
            "null",
            "{}",
            "[]",
            "<html>",
            `{"error":{"summary":"no lock"}}`,
            `{"auditReportVersion":2}`,
        ]) {
            const { text, code } = await ask({ npm: { ...NPM, components: [stdout, 0] }, go: GO });
            expect(code, stdout).to.equal(3);
            expect(text).to.match(/^No answer: npm, components\/package-lock\.json$/m);
        }
        for (const stdout of [
            "",
            "{}\n",
            stream({ config: {} }) + "half a",
            stream({ progress: {} }),
            stream({ finding: {} }),
        ]) {
            expect((await ask({ npm: NPM, go: { ...GO, pulumi: [stdout, 0] } })).code, stdout).to.equal(3);
        }
    });

    it("names a missing program", async () => {
        const { text, code } = await ask({ npm: NPM });
        expect(code).to.equal(3);
        expect(text).to.match(/ {2}there is no go in PATH\n {2}Run this where there is Go \d/);
    });

    it("reports an advisory even if other questions have no answer", async () => {
        const { text, code } = await ask({ npm: { ...NPM, components: [audit(true), 1] } });
        expect(code).to.equal(1);
        expect(text).to.include("Endless loop").and.include("No answer: Go");
    });

    it("prints no terminal sequences of others", async () => {
        const { text } = await ask({ npm: { ...NPM, components: [audit(true, "\x1b[31m\nred\u202e"), 1] }, go: GO });
        expect(text).to.not.match(/[\x1b\u202e]/);
        expect(text).to.include(" [31m red");
    });
});
