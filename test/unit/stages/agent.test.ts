import { expect } from "chai";
import * as path from "path";
import { agentFiles, LONGEST_FIRST } from "../../stages/agent";
import { testFiles } from "../../stages/words";

describe("the tests of the agent", () => {
    it("run side by side, the longest first, except those that compare times", () => {
        const files = ["answers", "claim", "node", "metrics", "vrrpBlocked"].map((name) => `/agent/${name}.test.ts`);
        const { alone, beside } = agentFiles(files);
        expect(alone).to.deep.equal(["/agent/claim.test.ts"]);
        expect(beside.map((file) => path.basename(file, ".test.ts"))).to.deep.equal([
            "vrrpBlocked",
            "node",
            "answers",
            "metrics",
        ]);
    });

    it("are all run, and the list of the longest names existing files", () => {
        const files = testFiles([path.resolve(__dirname, "../../agent")]);
        const { alone, beside } = agentFiles(files);
        expect([...alone, ...beside]).to.have.members(files);
        expect(files.map((file) => path.basename(file, ".test.ts"))).to.include.members(LONGEST_FIRST);
    });
});
