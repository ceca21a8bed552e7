import { spawn } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

export const ROOT = path.resolve(__dirname, "../..");

export interface Counts {
    passed: number;
    failed: number;
}

export function sum(all: Counts[]): Counts {
    const total = (of: keyof Counts) => all.reduce((value, counts) => value + counts[of], 0);
    return { passed: total("passed"), failed: total("failed") };
}

/** Runs a command in the project's folder; whether it ended well. Its output goes to the terminal. */
export function command(words: string[], env: Record<string, string> = {}): Promise<boolean> {
    const [program, ...args] = words;
    const child = spawn(program, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } });
    return new Promise((resolve) => {
        child.once("error", (error) => {
            console.error(`${program}: ${error.message}`);
            resolve(false);
        });
        child.once("close", (code) => resolve(code === 0));
    });
}

/** Runs mocha with these arguments, and counts. */
export async function mocha(...words: string[]): Promise<Counts> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-test-"));
    const counts = path.join(folder, "counts.json");
    const program = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
    const reporter = path.join(ROOT, "test", "reporter.cjs");
    const args = [program, "--reporter", reporter, "--forbid-only", "--forbid-pending", ...words];
    const passed = await command([process.execPath, ...args], { TEST_COUNTS: counts });
    try {
        const done = JSON.parse(fs.readFileSync(counts, "utf8")) as Counts;
        // a crash after the last test is a failure too
        return { passed: done.passed, failed: passed ? done.failed : Math.max(done.failed, 1) };
    } catch {
        return { passed: 0, failed: 1 };
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}
