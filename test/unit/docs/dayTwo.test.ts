import { expect } from "chai";
import * as path from "path";
import { COMMANDS } from "../../e2e/support/commands";
import { commandLines } from "./commandLines";

const PAGES = [path.join("docs", "day-two.md"), path.join("examples", "adopt", "README.md")];

/** Documented commands that the end-to-end tests of day two do not run, each with the reason. */
const NOT_RUN: Record<string, string> = {
    "pulumi preview": "it is run by every test that looks at a plan",
    "pulumi stack --show-urns": "it prints; test/e2e/documented.test.ts asks the engine for its options",
    "pulumi state delete urn:pulumi:prod::failover-pair::failover-pair:index:FailoverPair::nginx --target-dependents":
        "leaving was run by hand on the local cloud; test/e2e/documented.test.ts asks the engine for its options",
};

describe("the commands of day two", () => {
    it("are in the documentation as the tests run them", () => {
        const lines = commandLines().filter(
            ({ at, words }) => PAGES.includes(at.split(":")[0]) && words[0] === "pulumi",
        );
        const documented = new Set(lines.map(({ words }) => words.join(" ")));
        expect([...documented].filter((line) => !Object.hasOwn(NOT_RUN, line)).sort()).to.deep.equal(
            Object.values(COMMANDS).sort(),
        );
        expect([...documented]).to.include.members(Object.keys(NOT_RUN));
    });
});
