import * as os from "os";
import { mocha, sum, type Counts, type MochaOptions } from "./mocha";
import { kept } from "./output";

/** Each process gets at least this many files. */
const LEAST = 10;

/** Runs test files in as many processes as there are processors. The output of each process is printed in one piece. */
export async function inShares(files: string[], options: MochaOptions): Promise<Counts> {
    const done = await Promise.all(
        shares(files, os.availableParallelism()).map((share) => kept((output) => mocha(share, { ...options, output }))),
    );
    done.forEach(({ show }) => show(options.output));
    const parts = done.flatMap(({ result }) => result.parts ?? []);
    return { ...sum(done.map(({ result }) => result)), parts };
}

/** Deals the files out like cards, so that neighbours, which take similar times, are in different shares. */
export function shares(files: string[], most: number): string[][] {
    const count = Math.max(1, Math.min(most, Math.floor(files.length / LEAST)));
    return Array.from({ length: count }, (_, i) => files.filter((_file, at) => at % count === i));
}
