import { expect } from "chai";
import { judgedAlone, MOST } from "../../stages/alone";
import { sum, type Counts } from "../../stages/mocha";
import { timeTable } from "../../stages/table";

const beside = (name: string, failed: number): Counts => ({ name, passed: 5 - failed, failed, seconds: 10 });

describe("tests that failed beside other tests", () => {
    async function judge(found: Counts[], failedAlone: number) {
        const runs: string[] = [];
        const judged = await judgedAlone(found, (name) => {
            runs.push(name);
            return Promise.resolve({ passed: 5 - failedAlone, failed: failedAlone, seconds: 4 });
        });
        return { runs, judged, ...sum(judged) };
    }

    it("run once more, alone, and the second result counts", async () => {
        const { runs, passed, failed } = await judge([beside("a", 0), beside("b", 2), beside("c", 0)], 0);
        expect({ runs, passed, failed }).to.deep.equal({ runs: ["b"], passed: 15, failed: 0 });
    });

    it("stay failed if they fail alone too", async () => {
        const { runs, passed, failed } = await judge([beside("a", 0), beside("b", 2)], 1);
        expect({ runs, passed, failed }).to.deep.equal({ runs: ["b"], passed: 9, failed: 1 });
    });

    it("are not repeated if they are more than a few: then the neighbours are not the reason", async () => {
        const found = Array.from({ length: MOST + 1 }, (_, index) => beside(String(index), 1));
        const { runs, failed } = await judge(found, 0);
        expect({ runs, failed }).to.deep.equal({ runs: [], failed: MOST + 1 });
    });

    it("are marked in the table, with the time of both runs, also if it has a single line", async () => {
        const { judged } = await judge([beside("b", 2)], 0);
        expect(timeTable([{ name: "agent", passed: 5, failed: 0, seconds: 14, parts: judged }])).to.match(
            /^ {2}b \(second run, alone\) +5 +0 +14\.0$/m,
        );
    });
});
