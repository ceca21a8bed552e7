import { expect } from "chai";
import * as path from "path";
import { leftOut, partsOf, schedule, TURNS, turnOf, type Part } from "../../stages/parts";
import { testFiles } from "../../stages/words";

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

describe("the end-to-end tests that take turns", () => {
    const folder = path.resolve(__dirname, "../../e2e");
    const all = partsOf(folder, testFiles([folder]));
    const names = all.map(({ name }) => name);
    const namesOn = (turn: number) => names.filter((name) => !leftOut(turn).includes(name));
    const always = names.filter((name) => !TURNS.flat().includes(name));

    it("are parts that exist, each in one group", () => {
        expect(names).to.include.members(TURNS.flat());
        expect(new Set(TURNS.flat()).size).to.equal(TURNS.flat().length);
    });

    it("run on their day only, beside those that always run", () => {
        TURNS.forEach((group, turn) => expect(namesOn(turn)).to.have.members([...always, ...group]));
    });

    it("change each day, so that each group runs once before one runs again", () => {
        const days = TURNS.map((_group, day) => turnOf(Date.UTC(2026, 10, 27 + day, 13)));
        expect([...days].sort()).to.deep.equal(TURNS.map((_group, turn) => turn));
    });
});
