/** The end-to-end tests in independent parts, each with its own clouds. */
import * as path from "path";

export interface Part {
    name: string;
    /** The files in their order. */
    files: string[];
    /** Whether it must run alone. */
    alone: boolean;
}

/** The longest parts start first, so that none of them runs alone at the end. The table of a run has their times. */
const LONGEST_FIRST = [
    ...["demo", "day2", "troubles", "languages", "console", "pulumi", "nodes", "carry", "terms", "bridge", "install"],
    ...["hostile", "rollout", "adopt", "vrrp", "silent", "interrupted", "cloud", "plugin", "saved"],
];

/**
 * Groups of parts of which a whole run has only one, to keep within 20 minutes: what takes long and seldom breaks. Each
 * group takes about as long as the others.
 */
export const TURNS = [
    ["languages"],
    ["console"],
    ["carry"],
    ["bridge"],
    ["install", "plugin"],
    ["rollout", "adopt"],
    ["vrrp", "silent", "interrupted", "bench"],
    ["terms"],
    ["pulumi"],
];

/** The group whose turn it is: another one each day. */
export function turnOf(ms: number): number {
    return Math.floor(ms / 86_400_000) % TURNS.length;
}

/** The parts that a whole run leaves out in this turn. */
export function leftOut(turn: number): string[] {
    return TURNS.flatMap((group, i) => (i === turn ? [] : group));
}

/** The benchmark compares times, so other parts beside it would falsify its figures. */
const ALONE = ["bench"];

/**
 * A folder is one part, because its suites share a pair; every other file is a part too.
 *
 * @param folder The folder of all parts.
 * @param files Absolute paths.
 */
export function partsOf(folder: string, files: string[]): Part[] {
    const parts = new Map<string, string[]>();
    for (const file of files) {
        const name = path
            .relative(folder, file)
            .split(path.sep)[0]
            .replace(/\.test\.ts$/, "");
        parts.set(name, [...(parts.get(name) ?? []), file]);
    }
    const rank = (name: string) => (LONGEST_FIRST.includes(name) ? LONGEST_FIRST.indexOf(name) : LONGEST_FIRST.length);
    return [...parts]
        .map(([name, files]) => ({ name, files, alone: ALONE.includes(name) }))
        .sort((a, b) => Number(a.alone) - Number(b.alone) || rank(a.name) - rank(b.name));
}

/**
 * Runs the parts in their order, `atOnce` side by side, and those that must be alone when all others have ended. A
 * failing part stops no other.
 *
 * @returns What `run` returned, in the order of the parts.
 */
export async function schedule<T>(parts: Part[], atOnce: number, run: (part: Part) => Promise<T>): Promise<T[]> {
    const results = new Map<Part, T>();
    const beside = async (some: Part[], most: number) => {
        const waiting = [...some];
        const worker = async () => {
            for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
                results.set(part, await run(part));
            }
        };
        await Promise.all(Array.from({ length: most }, worker));
    };
    const [shared, alone] = [parts.filter(({ alone }) => !alone), parts.filter(({ alone }) => alone)];
    await beside(shared, atOnce);
    await beside(alone, 1);
    return parts.map((part) => results.get(part)!);
}
