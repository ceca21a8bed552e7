import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { completeSchema, SCHEMA_FILE } from "../../../lab/schema";

interface Property {
    description?: string;
    plain?: boolean;
}

interface Schema {
    resources: Record<string, { inputProperties: Properties; properties: Properties; requiredInputs: string[] }>;
    types: Record<string, { properties?: Properties; enum?: { value: string }[] }>;
}

type Properties = Record<string, Property>;

describe("FailoverPair for other languages", function () {
    this.timeout(120_000);
    let text: string;
    let schema: Schema;

    before(async () => {
        text = await completeSchema();
        schema = JSON.parse(text) as Schema;
    });

    it("has its current schema in components/schema.json", () => {
        const renewed = fs.readFileSync(SCHEMA_FILE, "utf8") === text;
        expect(renewed, "components/schema.json is out of date: npm run schema renews it").to.equal(true);
    });

    it("has the package.json's values for a registry", () => {
        const file = path.join(path.dirname(SCHEMA_FILE), "..", "package.json");
        const { homepage, license } = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, string>;
        const shown = JSON.parse(text) as Record<string, unknown>;
        expect(shown).to.include({ homepage, license, displayName: "FailoverPair" });
        expect(shown.repository).to.match(/^https:\/\/[^+ ]+(?<!\.git)$/);
        expect(shown.publisher).to.be.a("string").and.not.equal("");
        expect(shown.keywords).to.include.members(["pulumi", "hetzner", "kind/component"]);
    });

    it("has arguments that Pulumi can infer, with few required ones", () => {
        const { inputProperties, requiredInputs } = schema.resources["failover-pair:index:FailoverPair"];
        expect(requiredInputs).to.deep.equal(["sshPrivateKey", "token", "virtualIps"]);
        expect(Object.entries(inputProperties).filter(([, property]) => property.plain)).to.deep.equal([]);
    });

    it("explains every argument, and those of its types too", () => {
        const { inputProperties, properties } = schema.resources["failover-pair:index:FailoverPair"];
        const types = ["FailoverNodeArgs", "FailoverCheckArgs"].map(
            (name) => schema.types[`failover-pair:index:${name}`].properties ?? {},
        );
        const documented = [inputProperties, properties, ...types].flatMap((each) => Object.entries(each));
        expect(documented).to.have.length.greaterThan(30);
        for (const [name, property] of documented) {
            expect(property.description, name).to.be.a("string").and.not.equal("");
        }
    });

    it("has an enum for the timing", () => {
        expect(schema.types["failover-pair:index:Timing"].enum?.map(({ value }) => value)).to.deep.equal([
            "fast",
            "balanced",
            "conservative",
        ]);
    });
});
