import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { ROOT } from "../support/paths";
import { promtool } from "../support/promtool";

const FOLDER = path.join(ROOT, "monitoring");
const RULES = "failover-pair.rules.yml";
const DASHBOARD = "failover-pair-dashboard.json";
const TESTS = ["rules.test.yml", "gone.test.yml"].map((file) => path.join(__dirname, file));

describe("the alert rules and the dashboard in promtool", function () {
    // the first run downloads promtool
    this.timeout(120_000);

    it("the rules are valid, and each of them fires when it should and only then", async () => {
        const work = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-rules-"));
        try {
            for (const file of [path.join(FOLDER, RULES), ...TESTS]) {
                fs.copyFileSync(file, path.join(work, path.basename(file)));
            }
            const program = await promtool();
            const check = ["check", "rules", RULES];
            const test = ["test", "rules", ...TESTS.map((file) => path.basename(file))];
            expect((await execa(program, check, { cwd: work })).stdout).to.contain("SUCCESS");
            expect((await execa(program, test, { cwd: work })).stdout.match(/SUCCESS/g)).to.have.length(TESTS.length);
        } finally {
            fs.rmSync(work, { recursive: true });
        }
    });

    it("every rule has a test", () => {
        const names = (file: string, pattern: RegExp) =>
            [...fs.readFileSync(file, "utf8").matchAll(pattern)].map(([, name]) => name);
        const alerts = new Set(names(path.join(FOLDER, RULES), /alert: (\w+)/g));
        const tested = new Set(TESTS.flatMap((file) => names(file, /(FailoverPair\w+)/g)));
        expect([...alerts].sort()).to.deep.equal([...tested].sort());
    });

    it("the dashboard can be imported into Grafana: each panel has a title, a place and a query", () => {
        const dashboard = JSON.parse(fs.readFileSync(path.join(FOLDER, DASHBOARD), "utf8")) as {
            title: string;
            uid: string;
            panels: { title: string; gridPos: object; targets: { expr: string }[] }[];
        };
        expect(dashboard).to.include({ title: "FailoverPair", uid: "failover-pair" });
        for (const panel of dashboard.panels) {
            expect(panel.title).to.not.equal("");
            expect(panel.gridPos).to.have.all.keys("x", "y", "w", "h");
            expect(panel.targets.every(({ expr }) => expr !== "")).to.equal(true);
        }
    });

    it("the queries of the dashboard are valid", async () => {
        const dashboard = fs.readFileSync(path.join(FOLDER, DASHBOARD), "utf8");
        const queries = [...dashboard.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(
            ([, text]) => JSON.parse(text) as string,
        );
        const rules = queries.map((query, index) => {
            const expr = query.replaceAll("$__rate_interval", "1m").replaceAll("$pair", ".*");
            return { record: `dashboard:query:${index}`, expr };
        });
        const input = JSON.stringify({ groups: [{ name: "dashboard", rules }] });
        const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-rules-")), "dashboard.yml");
        fs.writeFileSync(file, input); // valid because JSON is YAML
        const checked = await execa(await promtool(), ["check", "rules", file]);
        fs.rmSync(path.dirname(file), { recursive: true });
        expect(checked.stdout).to.contain(`SUCCESS: ${queries.length} rules found`);
    });
});
