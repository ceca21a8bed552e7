/** Output of runs side by side, printed run by run, so that a person can read it. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

/** The result of a run whose output was stored. */
export interface Kept<T> {
    result: T;
    /** Prints the output, into a file if one is open. */
    show: (output?: number) => void;
}

/** @param run Gets the descriptor of the file for its output. */
export async function kept<T>(run: (output: number) => Promise<T>): Promise<Kept<T>> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-output-"));
    const file = path.join(folder, "output");
    const output = fs.openSync(file, "a");
    try {
        const result = await run(output);
        const said = fs.readFileSync(file);
        return {
            result,
            show: (to) => void (to === undefined ? process.stdout.write(said) : fs.appendFileSync(to, said)),
        };
    } finally {
        fs.closeSync(output);
        fs.rmSync(folder, { recursive: true });
    }
}
