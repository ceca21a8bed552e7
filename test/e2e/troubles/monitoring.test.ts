import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { NODES } from "../../../lab/stack/pair";
import { OnPair } from "../support/onPair";
import { promtool } from "../support/promtool";
import { ROOT } from "../support/paths";

const FOLDER = path.join(ROOT, "monitoring");
const RULES = "failover-pair.rules.yml";
const DASHBOARD = "failover-pair-dashboard.json";

describe("the agents' metrics", function () {
    this.timeout(120_000);
    const on = new OnPair();
    const metricsOf = (node: string) => on.pair.run(node, "cat /run/failover-pair/metrics.prom");

    it("are valid for promtool", async () => {
        for (const node of NODES) {
            // the output of the command has lost its last line end
            const input = `${await metricsOf(node)}\n`;
            const checked = await execa(await promtool(), ["check", "metrics"], { input });
            expect(checked.stdout + checked.stderr).to.equal("");
        }
    });

    for (const file of [RULES, DASHBOARD]) {
        it(`include every metric that ${file} names`, async () => {
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
});
