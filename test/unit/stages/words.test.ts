import { expect } from "chai";
import * as path from "path";
import { readWords, testFiles } from "../../stages/words";

const ROOT = path.resolve(__dirname, "../../..");
const OFFERS = [
    { name: "types", folder: null },
    { name: "unit", folder: "test/unit" },
    { name: "e2e", folder: "test/e2e" },
];
const read = (...words: string[]) => readWords(words, OFFERS, ROOT);

describe("the arguments of npm test --", () => {
    it("can be missing: every stage", () => {
        expect(read()).to.deep.equal({ stages: ["types", "unit", "e2e"], paths: [], every: false });
    });

    it("can ask for every end-to-end test, of all stages or of one", () => {
        expect(read("--every")).to.deep.equal({ stages: ["types", "unit", "e2e"], paths: [], every: true });
        expect(read("e2e", "--every")).to.deep.equal({ stages: ["e2e"], paths: [], every: true });
    });

    it("can be stages", () => {
        expect(read("unit", "types")).to.deep.equal({ stages: ["unit", "types"], paths: [], every: false });
    });

    it("can be files and folders of a stage, from the project's or the stage's folder", () => {
        const file = path.join(ROOT, "test/unit/stages/words.test.ts");
        expect(read("unit", "test/unit/stages/words.test.ts").paths).to.deep.equal([file]);
        expect(read("unit", "stages/words.test.ts", "cli").paths).to.deep.equal([
            file,
            path.join(ROOT, "test/unit/cli"),
        ]);
    });

    it("are refused with the valid values", () => {
        const stages = "Stages: types, unit, e2e. A file or folder needs one stage before it: unit, e2e";
        expect(() => read("units")).to.throw(`"units" is not a stage. ${stages}`);
        expect(() => read("types", "index.ts")).to.throw(`"index.ts" is not a stage. ${stages}`);
        expect(() => read("unit", "e2e", "day2")).to.throw(stages);
        expect(() => read("e2e", "nowhere")).to.throw(
            "no file or folder nowhere, neither in test/e2e nor in the project",
        );
    });
});

describe("the test files of a path", () => {
    it("are listed once each, in order, without files that support them", () => {
        const folder = path.join(ROOT, "test/unit/lab/soak");
        const files = ["invariants.test.ts", "schedule.test.ts"].map((file) => path.join(folder, file));
        expect(testFiles([files[1], folder]))
            .to.have.members(files)
            .and.to.have.length(2);
        expect(testFiles([folder])).to.deep.equal(files);
    });

    it("must exist: a path without any is refused", () => {
        expect(() => testFiles([path.join(ROOT, "docs")])).to.throw("a test file's name ends with .test.ts");
    });
});
