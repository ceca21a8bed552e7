import { expect } from "chai";
import { partsOf, schedule, type Part } from "../../stages/parts";

const FILES = [
    "bench.test.ts",
    "cloud.test.ts",
    "day2/a.test.ts",
    "day2/b.test.ts",
    "new/x/c.test.ts",
    "bridge/d.test.ts",
];
const parts = partsOf(
    "/e2e",
    FILES.map((file) => `/e2e/${file}`),
);

describe("the parts of the end-to-end tests", () => {
    it("are the folders and the single files, the longest first, and the ones that run alone last", () => {
        expect(parts.map(({ name, alone }) => [name, alone])).to.deep.equal([
            ["day2", false],
            ["bridge", false],
            ["cloud", false],
            ["new", false],
            ["bench", true],
        ]);
        expect(parts.find(({ name }) => name === "day2")!.files).to.deep.equal([
            "/e2e/day2/a.test.ts",
            "/e2e/day2/b.test.ts",
        ]);
        expect(parts.flatMap(({ files }) => files)).to.have.members(FILES.map((file) => `/e2e/${file}`));
    });

    it("run side by side, as many at once as given; the ones that run alone start when all others have ended", async () => {
        const begun: string[] = [];
        const ends = new Map<string, () => void>();
        const run = (part: Part) => {
            begun.push(part.name);
            return new Promise<string>((resolve) => ends.set(part.name, () => resolve(`${part.name} done`)));
        };
        const end = async (name: string) => {
            ends.get(name)!();
            await new Promise((resolve) => setImmediate(resolve));
        };
        const done = schedule(parts, 2, run);
        expect(begun).to.deep.equal(["day2", "bridge"]);
        await end("bridge");
        expect(begun).to.deep.equal(["day2", "bridge", "cloud"]);
        await end("cloud");
        await end("new");
        expect(begun).to.deep.equal(["day2", "bridge", "cloud", "new"]);
        await end("day2");
        expect(begun.at(-1)).to.equal("bench");
        await end("bench");
        expect(await done).to.deep.equal(parts.map(({ name }) => `${name} done`));
    });
});
