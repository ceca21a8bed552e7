/** The lines that the tests have run, in child processes too. V8 counts them almost without cost. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { command, ROOT, sum, type Counts } from "./mocha";

/** Percent of the lines of cli/, whose commands act on live pairs. */
const LEAST = 85;
const INCLUDED = "cli/**/*.ts";

const C8 = path.join(ROOT, "node_modules", "c8", "bin", "c8.js");

/** Runs the tests and prints their coverage, which counts as one more check. */
export async function withCoverage(
    tests: (env: Record<string, string>) => Promise<Counts>,
    output?: number,
): Promise<Counts> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-coverage-"));
    try {
        // one file's counters can be added up only if every process has compiled it in the same way, whatever its
        // folder
        const env = { NODE_V8_COVERAGE: folder, TSX_TSCONFIG_PATH: path.join(ROOT, "tsconfig.json") };
        const counts = await tests(env);
        const enough = await coverage(folder, ROOT, INCLUDED, LEAST, output);
        return { ...counts, ...sum([counts, { passed: Number(enough), failed: Number(!enough) }]) };
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

/**
 * Prints a summary of the counters in `folder`. @returns whether at least `least` percent of the lines were run
 *
 * @param root The folder that `included` is relative to.
 */
export function coverage(
    folder: string,
    root: string,
    included: string,
    least: number,
    output?: number,
): Promise<boolean> {
    const paths = ["--temp-directory", folder, "--src", root, "--include", included, "--all"];
    const limits = ["--check-coverage", "--lines", String(least)];
    // without --reports-dir the reporter writes to the terminal
    const words = [C8, "report", ...paths, ...limits, "--reporter", "text-summary"];
    return command([process.execPath, ...words], { cwd: root, output });
}
