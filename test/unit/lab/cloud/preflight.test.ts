import { expect } from "chai";
import { mkdirSync, writeFileSync } from "node:fs";
import { problems } from "../../../../lab/cloud/preflight";
import { inFolder, instanceIn } from "./cloud";

describe("an obstacle to a new local cloud", () => {
    it("is the folder of an interrupted one, because it has its servers' disks", () =>
        inFolder((folder) => {
            const of = instanceIn(folder, "left");
            const found = () => problems(of).filter((problem) => problem.includes('a local cloud "left" already'));
            expect(found()).to.deep.equal([]);
            mkdirSync(of.dir);
            writeFileSync(of.files.token, "");
            expect(found()).to.have.length(1);
            return Promise.resolve();
        }));
});
