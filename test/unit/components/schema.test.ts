import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

const ROOT = path.resolve(__dirname, "../../..");

/** What Pulumi would tell other languages of the component; the analyzer wants a package, so there is one for a moment. */
function analyze() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-schema-"));
    try {
        const entry = path.join(ROOT, "components", "index.ts");
        const { compilerOptions } = JSON.parse(fs.readFileSync(path.join(ROOT, "tsconfig.json"), "utf8")) as {
            compilerOptions: object;
        };
        const typeRoots = [path.join(ROOT, "node_modules", "@types")];
        const tsconfig = { compilerOptions: { ...compilerOptions, typeRoots }, files: [entry] };
        fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
        const packageJson = { name: "failover-pair", main: path.relative(folder, entry) };
        return new Analyzer(folder, "failover-pair", packageJson, new Set(["FailoverPair"])).analyze();
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

describe("FailoverPair for other languages", function () {
    this.timeout(60_000);
    let schema: ReturnType<typeof analyze>;

    before(() => {
        schema = analyze();
    });

    it("has arguments that Pulumi can infer, few of them required", () => {
        const { inputs } = schema.components.FailoverPair;
        const required = Object.entries(inputs).filter(([, property]) => !property.optional);
        expect(required.map(([name]) => name)).to.deep.equal(["virtualIps", "token", "sshPrivateKey"]);
        expect(Object.entries(inputs).filter(([, property]) => property.plain)).to.deep.equal([]);
    });

    it("explains every argument, in types of its own too", () => {
        const { inputs, outputs } = schema.components.FailoverPair;
        const { FailoverNodeArgs, FailoverCheckArgs } = schema.typeDefinitions;
        const documented = [inputs, outputs, FailoverNodeArgs.properties, FailoverCheckArgs.properties];
        for (const [name, property] of documented.flatMap((properties) => Object.entries(properties ?? {}))) {
            expect(property.description, name).to.be.a("string").and.not.equal("");
        }
    });

    it("offers the timing as an enum", () => {
        expect(schema.typeDefinitions.Timing.enum?.map(({ value }) => value)).to.deep.equal([
            "fast",
            "balanced",
            "conservative",
        ]);
    });
});
