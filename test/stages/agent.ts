import * as path from "path";
import { judgedAlone } from "./alone";
import { mocha, relative, ROOT, sum, type Counts } from "./mocha";
import { testFiles } from "./words";

/** Its claims are compared with the cloud's own times, so nothing runs beside it. */
const ALONE = ["claim"];

/** The longest ones begin first, so that none of them is left over at the end. The table of a run has their times. */
export const LONGEST_FIRST = [
    "vrrpBlocked",
    "node",
    "bridge",
    "reach",
    "twoMasters",
    "steps",
    "hostile",
    "journey",
    "wakeups",
    "commands",
    "guard",
    "locks",
    "errorsAtBoth",
    "drift",
    "longFaults",
    "flapping",
];

/** The tests wait for most of their time. With more at once, the processors are busy and their waits get longer. */
const JOBS = 8;

const nameOf = (file: string) => path.basename(file, ".test.ts");

/** In two groups: what runs alone, and what runs side by side, in its order. */
export function agentFiles(files: string[]): { alone: string[]; beside: string[] } {
    const rank = (file: string) => {
        const at = LONGEST_FIRST.indexOf(nameOf(file));
        return at < 0 ? LONGEST_FIRST.length : at;
    };
    return {
        alone: files.filter((file) => ALONE.includes(nameOf(file))),
        beside: files.filter((file) => !ALONE.includes(nameOf(file))).sort((a, b) => rank(a) - rank(b)),
    };
}

/** Runs the agent's tests at these paths. */
export async function agent(paths: string[]): Promise<Counts> {
    const { alone, beside } = agentFiles(testFiles(paths));
    const quiet = alone.length > 0 ? [await mocha(alone, { name: alone.map(relative).join() })] : [];
    if (beside.length === 0) {
        return sum(quiet);
    }
    const { byFile = [], ...whole } = await mocha(["--parallel", "--jobs", String(JOBS), ...beside]);
    // a crash is a failure of no file
    const crashed = { passed: 0, failed: whole.failed - sum(byFile).failed };
    const found = byFile.map((one) => ({ ...one, name: relative(one.name!) }));
    const judged = await judgedAlone(found, (file) => mocha([path.join(ROOT, file)]));
    return { ...sum([...quiet, ...judged, crashed]), parts: [...quiet, ...judged] };
}
