/** The lines and branches of the nodes' package that its unit tests run. pyproject.toml says how coverage.py counts. */
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { ROOT, sum, type Counts } from "./mocha";

/** Percent of the lines of scripts/failover_pair. */
const LEAST = 95;
/** Where every branch has to be run: what the agent decides, and the claim. */
const WHOLE = /^scripts\/failover_pair\/(core\/.*|claim|claiming|policy)\.py$/;

/** What `coverage json` says of one file, and of all of them. */
interface Summary {
    num_statements: number;
    covered_lines: number;
    num_branches: number;
    covered_branches: number;
}

export interface Report {
    files: Record<string, { summary: Summary }>;
    totals: Summary;
}

/** The words of a command that runs Python, and its environment. */
export interface Python {
    words: string[];
    env: Record<string, string>;
}

/**
 * Runs the tests and prints what they cover, which counts as one more check.
 *
 * @param python The interpreter that has coverage.py.
 */
export async function withPythonCoverage(
    python: string,
    tests: (how: Python) => Promise<Counts>,
    say: (text: string) => void,
): Promise<Counts> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-coverage-"));
    try {
        const env = { COVERAGE_FILE: path.join(folder, "counts") };
        const counts = await tests({ words: [python, "-m", "coverage", "run"], env });
        const coverage = (...words: string[]) =>
            execa(python, ["-m", "coverage", ...words], { cwd: ROOT, env, reject: false });
        const { stdout, stderr, exitCode } = await coverage("json", "--quiet", "-o", "-");
        if (exitCode !== 0) {
            say(`coverage.py wrote no report: ${stdout}${stderr}\n`);
            return sum([counts, { passed: 0, failed: 1 }]);
        }
        const { text, enough } = judge(JSON.parse(stdout) as Report, LEAST, WHOLE);
        say(text);
        if (!enough) {
            say(`${(await coverage("report", "--show-missing", "--skip-covered")).stdout}\n`);
        }
        return sum([counts, { passed: Number(enough), failed: Number(!enough) }]);
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

/** @returns the figures, and whether `least` percent of the lines and each branch of the `whole` files were run. */
export function judge({ files, totals }: Report, least: number, whole: RegExp): { text: string; enough: boolean } {
    const strict = Object.entries(files).filter(([name]) => whole.test(name));
    const of = (what: keyof Summary) => strict.reduce((value, [, { summary }]) => value + summary[what], 0);
    const [all, run] = [of("num_branches"), of("covered_branches")];
    const lines = (100 * totals.covered_lines) / totals.num_statements;
    const text = [
        `Lines of the package: ${lines.toFixed(1)} % (${totals.covered_lines} of ${totals.num_statements}), at least ${least} %`,
        `Branches of the core and the claim: ${run} of ${all}, all of them are to be run`,
        "",
    ];
    // without a branch the files were not found
    return { text: text.join("\n"), enough: lines >= least && all > 0 && run === all };
}
