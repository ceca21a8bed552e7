import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import type { Schema } from "../../../lab/docs/arguments";
import { resolveSpec } from "../../../components/spec/spec";
import { pages, ROOT } from "./markdown";

// the package has no types
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { load } = require("js-yaml") as { load: (text: string) => unknown };

const read = (...place: string[]) => fs.readFileSync(path.join(ROOT, ...place), "utf8");

/** The component's defaults. */
const spec = resolveSpec("web", { virtualIps: ["10.0.1.1"] }, { network: false, subnet: false, sshKey: true });
const actual: Record<string, unknown> = {
    serverType: spec.nodes[0].serverType,
    image: spec.nodes[0].image,
    timing: spec.timing,
    bridge: spec.bridge !== null,
    aliasFollows: spec.aliasFollows,
    graceSeconds: spec.graceSeconds,
    apiEndpoint: spec.apiEndpoint,
};

describe("the defaults", () => {
    it("equal those in the comments of the arguments, and so those in the tables of README and docs", () => {
        const schema = JSON.parse(read("components", "schema.json")) as Schema;
        const { inputProperties } = schema.resources["failover-pair:index:FailoverPair"];
        for (const [name, value] of Object.entries(actual)) {
            const [, stated] =
                /Default:\s+([^\s,;]+?)[.,;]?(?:\s|$)/.exec(inputProperties[name].description ?? "") ?? [];
            expect(stated, name).to.equal(String(value));
        }
    });

    it("equal those of the project's own stack and of its page", () => {
        const { config } = load(read("Pulumi.yaml")) as { config: Record<string, { default?: unknown }> };
        for (const [name, value] of Object.entries(actual).filter(([name]) => name !== "apiEndpoint")) {
            expect(config[name].default, name).to.equal(value);
        }
        const { text } = pages().find(({ file }) => file === path.join("docs", "getting-started.md"))!;
        const rows = [...text.matchAll(/^\| (`[^|]*`) +\| ([^|]*?) +\|/gm)].map(([, names, values]) => ({
            names: [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
            values: values.split(", "),
        }));
        const settings = rows.filter(({ names }) => names.every((name) => config[name]?.default !== undefined));
        expect(settings.length).to.be.greaterThan(4);
        for (const { names, values } of settings.filter(({ names, values }) => names.length === values.length)) {
            const wanted = names.map((name) => config[name].default);
            expect(values.map((value) => (["everywhere", "Hetzner's"].includes(value) ? "" : value))).to.deep.equal(
                wanted.map((value) => (Array.isArray(value) ? "" : String(value))),
            );
        }
    });
});

describe("the alerts", () => {
    it("are all in docs/operate.md", () => {
        const alerts = [...read("monitoring", "failover-pair.rules.yml").matchAll(/alert: (\w+)/g)].map(
            ([, name]) => name,
        );
        const rows = [...read("docs", "operate.md").matchAll(/^\| (FailoverPair\w+)/gm)].map(([, name]) => name);
        expect(rows.sort()).to.deep.equal(alerts.sort());
    });
});
