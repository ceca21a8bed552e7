import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { NODES } from "../stack/pair";
import { OnPair } from "./support/onPair";
import { promtool } from "./support/promtool";
import { ROOT } from "./support/paths";

const FOLDER = path.join(ROOT, "scripts", "monitoring");
const RULES = "failover-pair.rules.yml";
const DASHBOARD = "failover-pair-dashboard.json";

describe("the alert rules and the dashboard", function () {
    this.timeout(120_000);
    const on = new OnPair();
    const metricsOf = (node: string) => on.pair.run(node, "cat /run/failover-pair/metrics.prom");

    it("promtool accepts the rules, and each of them fires when it should and only then", async () => {
        const work = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-rules-"));
        try {
            fs.copyFileSync(path.join(FOLDER, RULES), path.join(work, RULES));
            fs.copyFileSync(path.join(__dirname, "monitoring", "rules.test.yml"), path.join(work, "rules.test.yml"));
            const program = await promtool();
            expect((await execa(program, ["check", "rules", RULES], { cwd: work })).stdout).to.contain("SUCCESS");
            expect((await execa(program, ["test", "rules", "rules.test.yml"], { cwd: work })).stdout).to.contain(
                "SUCCESS",
            );
        } finally {
            fs.rmSync(work, { recursive: true });
        }
    });

    it("the tests of the rules have every rule", () => {
        const names = (file: string, pattern: RegExp) =>
            new Set([...fs.readFileSync(file, "utf8").matchAll(pattern)].map(([, name]) => name));
        const alerts = names(path.join(FOLDER, RULES), /alert: (\w+)/g);
        const tested = names(path.join(__dirname, "monitoring", "rules.test.yml"), /(FailoverPair\w+)/g);
        expect([...alerts].sort()).to.deep.equal([...tested].sort());
    });

    it("promtool has nothing to say against what the agents write", async () => {
        for (const node of NODES) {
            // the last line's end was taken off with the rest of the command's
            const input = `${await metricsOf(node)}\n`;
            const checked = await execa(await promtool(), ["check", "metrics"], { input });
            expect(checked.stdout + checked.stderr).to.equal("");
        }
    });

    for (const file of [RULES, DASHBOARD]) {
        it(`every metric that ${file} names is one that the agents write`, async () => {
            const written = (await Promise.all(NODES.map(metricsOf))).join("\n");
            const kinds = new Map(
                [...written.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, kind]) => [name, kind]),
            );
            const all = [...kinds].flatMap(([name, kind]) =>
                kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
            );
            const named = fs.readFileSync(path.join(FOLDER, file), "utf8").match(/\bfailover_pair_\w+/g)!;
            expect(all).to.include.members(named);
        });
    }

    it("the dashboard is what Grafana imports: each panel has a title, a place and a query", () => {
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

    it("promtool understands every query of the dashboard", async () => {
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
        fs.writeFileSync(file, input); // JSON is YAML
        const checked = await execa(await promtool(), ["check", "rules", file]);
        fs.rmSync(path.dirname(file), { recursive: true });
        expect(checked.stdout).to.contain(`SUCCESS: ${queries.length} rules found`);
    });
});
