import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { recorded, statesNow, type Recorded } from "./state";

const FOLDER = path.join(__dirname, "golden", "states");

const read = (file: string) =>
    JSON.parse(fs.readFileSync(path.join(FOLDER, file), "utf8")) as Record<string, Recorded[]>;
const isComponent = (urn: string) => /(^|\$)failover-pair:index:\w+::/.test(urn);

for (const file of fs.readdirSync(FOLDER)) {
    describe(`the state of a pair by version ${path.parse(file).name}`, function () {
        this.timeout(60_000);
        let now: Awaited<ReturnType<typeof statesNow>>;

        before(async () => {
            now = await statesNow();
        });

        for (const [about, old] of Object.entries(read(file))) {
            const resources = () => now[about];

            it(`has all resources under names that this version knows: ${about}`, () => {
                for (const { urn } of old) {
                    const claims = resources().filter((each) => [each.urn, ...each.formerUrns].includes(urn));
                    expect(claims.length, urn).to.equal(1);
                }
            });

            it(`gets no new resources except components: ${about}`, () => {
                const known = new Set(old.map(({ urn }) => urn));
                const added = resources().filter(
                    (each) => ![each.urn, ...each.formerUrns].some((urn) => known.has(urn)),
                );
                expect(added.map(({ urn }) => urn).filter((urn) => !isComponent(urn))).to.deep.equal([]);
            });

            it(`keeps the inputs of its cloud resources: ${about}`, () => {
                const asked = recorded(resources());
                for (const { urn, inputs } of old.filter(({ inputs }) => inputs !== undefined)) {
                    const { urn: today } = resources().find((each) => [each.urn, ...each.formerUrns].includes(urn))!;
                    expect(asked.find((each) => each.urn === today)?.inputs, urn).to.deep.equal(inputs);
                }
            });
        }
    });
}
