import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { resolveSpec, type PlainArgs } from "../../../components/spec/spec";
import { validate } from "../../../components/spec/validate";

// the package has no types
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { load } = require("js-yaml") as { load: (text: string) => unknown };

const EXAMPLE = path.resolve(__dirname, "../../../examples/yaml/Pulumi.yaml");

interface Program {
    resources: Record<string, { type: string; properties: PlainArgs & { networkId?: string; subnetId?: string } }>;
}

describe("the example in YAML", () => {
    it("has valid pairs", () => {
        const { resources } = load(fs.readFileSync(EXAMPLE, "utf8")) as Program;
        const pairs = Object.entries(resources).filter(([, { type }]) => type === "failover-pair:FailoverPair");
        expect(pairs.map(([name]) => name)).to.deep.equal(["web", "dns"]);
        for (const [name, { properties }] of pairs) {
            const { networkId, subnetId } = properties;
            const given = { network: networkId !== undefined, subnet: subnetId !== undefined, sshKey: true };
            expect(validate(resolveSpec(name, properties, given), given), name).to.deep.equal([]);
        }
    });
});
