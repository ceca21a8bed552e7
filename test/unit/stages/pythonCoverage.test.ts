import { expect } from "chai";
import { judge, withPythonCoverage, type Report } from "../../stages/pythonCoverage";

/** A file with 10 lines and 4 branches, of which so many were run. */
function file(lines: number, branches: number) {
    const summary = { num_statements: 10, covered_lines: lines, num_branches: 4, covered_branches: branches };
    return { summary };
}

function report(files: Report["files"]): Report {
    const all = Object.values(files);
    const total = (of: keyof Report["totals"]) => all.reduce((value, { summary }) => value + summary[of], 0);
    const [lines, branches] = [total("covered_lines"), total("covered_branches")];
    return {
        files,
        totals: {
            num_statements: 10 * all.length,
            covered_lines: lines,
            num_branches: 4 * all.length,
            covered_branches: branches,
        },
    };
}

describe("the coverage of the python stage", () => {
    const WHOLE = /^core\//;
    const enough = (files: Report["files"], least: number) => judge(report(files), least, WHOLE).enough;

    it("has a limit for the lines of all files", () => {
        const files = { "core/a.py": file(10, 4), "b.py": file(8, 0) };
        expect(enough(files, 90)).to.equal(true);
        expect(enough(files, 91)).to.equal(false);
    });

    it("wants each branch of the files that are to be whole, and only of those", () => {
        expect(enough({ "core/a.py": file(10, 3), "b.py": file(10, 4) }, 50)).to.equal(false);
        expect(enough({ "core/a.py": file(10, 4), "b.py": file(10, 3) }, 50)).to.equal(true);
    });

    it("fails when no file is one of those", () => {
        expect(enough({ "b.py": file(10, 4) }, 50)).to.equal(false);
    });

    it("prints the figures", () => {
        const { text } = judge(report({ "core/a.py": file(9, 3), "b.py": file(10, 4) }), 95, WHOLE);
        expect(text).to.contain("95.0 % (19 of 20), at least 95 %").and.to.contain("3 of 4");
    });

    it("fails without coverage.py", async () => {
        const said: string[] = [];
        const passed = () => Promise.resolve({ passed: 3, failed: 0 });
        // like a Python without the module
        const counts = await withPythonCoverage("false", passed, (text) => said.push(text));
        expect(counts).to.deep.equal({ passed: 3, failed: 1 });
        expect(said.join("")).to.contain("coverage.py wrote no report");
    });
});
