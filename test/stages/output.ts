/** What runs beside something else prints in one piece, so that a person can read either. */
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

/** Of a run whose output was kept. */
export interface Kept<T> {
    result: T;
    /** Prints what it said, into a file if one is open. */
    show: (output?: number) => void;
}

/** @param run Is given the descriptor of the file that its output is to go to. */
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
