import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { argumentsInBrief, argumentsInFull, types, type Schema } from "../../../lab/docs/arguments";
import { filled } from "../../../lab/docs/blocks";
import { writtenFiles } from "../../../lab/docs/write";
import { ROOT } from "./markdown";

const schema: Schema = {
    resources: {
        "failover-pair:index:FailoverPair": {
            inputProperties: {
                timing: {
                    $ref: "#/types/failover-pair:index:Timing",
                    description: "How fast. More of\nit. Default: balanced.",
                },
                checks: {
                    type: "array",
                    items: { $ref: "#/types/failover-pair:index:Check" },
                    description: "A | B, e.g. c.",
                },
                token: { type: "string", description: "The token." },
            },
            properties: {},
            requiredInputs: ["token"],
        },
    },
    types: {
        "failover-pair:index:Timing": { enum: [{ value: "fast", description: "Soon." }, { value: "balanced" }] },
        "failover-pair:index:Check": { properties: { name: { type: "string" } }, required: ["name"] },
    },
};

describe("the generated parts of the documentation", function () {
    this.timeout(60_000);

    it("are up to date: npm run schema renews them", async () => {
        const files = await writtenFiles();
        expect(Object.keys(files)).to.include.members(["README.md", "docs/arguments.md", "docs/troubleshooting.md"]);
        for (const [file, text] of Object.entries(files)) {
            const renewed = fs.readFileSync(path.join(ROOT, file), "utf8") === text;
            expect(renewed, `${file} is out of date: npm run schema renews it`).to.equal(true);
        }
    });

    it("have an argument's first sentence and default in the short table, and its whole comment in the long one", () => {
        expect(argumentsInBrief(schema).split("\n")).to.include.members([
            "| `timing` | How fast. | balanced |",
            "| `checks` | A \\| B, e.g. c. |  |",
            "| `token` | The token. | **required** |",
        ]);
        expect(argumentsInFull(schema).split("\n")).to.include.members([
            '| `timing` | `"fast"`, `"balanced"` | How fast. More of it. | balanced |',
            "| `checks` | list of Check | A \\| B, e.g. c. |  |",
        ]);
        expect(types(schema)).to.contain("### Timing").and.contain("| `name` | string |  | **required** |");
    });

    it("stand between the comments of their blocks, and an unknown block is an error", () => {
        const page = (inside: string) => `a\n<!-- generated: outputs -->\n${inside}<!-- end -->\nb\n`;
        expect(filled(page("old\n"), { outputs: "new" })).to.equal(page("\nnew\n\n"));
        expect(() => filled(page(""), {})).to.throw('no program writes the block "outputs"');
    });
});

describe("README.md", () => {
    it("has fewer than 200 lines", () => {
        const lines = fs.readFileSync(path.join(ROOT, "README.md"), "utf8").trimEnd().split("\n");
        expect(lines.length).to.be.lessThan(200);
    });
});
