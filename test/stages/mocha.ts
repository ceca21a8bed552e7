import { spawn } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";

export const ROOT = path.resolve(__dirname, "../..");

/** A path from the project's folder. */
export const relative = (absolute: string) => path.relative(ROOT, absolute) || ".";

export interface Counts {
    name?: string;
    passed: number;
    failed: number;
    seconds?: number;
    /** The results that it is the sum of, if a person may want to know them. */
    parts?: Counts[];
    /** The results by test file, whose path is the name. */
    byFile?: Counts[];
    /** Whether these are the counts of a second run, alone, after failures in a run beside other tests. */
    alone?: boolean;
}

export function sum(all: Counts[]): Counts {
    const total = (of: "passed" | "failed") => all.reduce((value, counts) => value + counts[of], 0);
    return { passed: total("passed"), failed: total("failed") };
}

export interface CommandOptions {
    /** The folder to run in. Default: the project's. */
    cwd?: string;
    env?: Record<string, string>;
    /** The descriptor of a file for its output. Default: the terminal. */
    output?: number;
}

/** Runs a command. @returns whether it succeeded */
export function command(words: string[], { cwd = ROOT, env = {}, output }: CommandOptions = {}): Promise<boolean> {
    const [program, ...args] = words;
    const to = output ?? "inherit";
    const child = spawn(program, args, { cwd, stdio: ["inherit", to, to], env: { ...process.env, ...env } });
    return new Promise((resolve) => {
        child.once("error", (error) => {
            console.error(`${program}: ${error.message}`);
            resolve(false);
        });
        child.once("close", (code) => resolve(code === 0));
    });
}

export interface MochaOptions {
    output?: number;
    /** The name in the table of times. */
    name?: string;
    env?: Record<string, string>;
}

/** Runs mocha with these arguments, and counts the results. */
export async function mocha(words: string[], { output, name, env = {} }: MochaOptions = {}): Promise<Counts> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-test-"));
    const file = path.join(folder, "counts.json");
    const program = path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
    const reporter = path.join(__dirname, "reporter.cjs");
    const args = [program, "--reporter", reporter, "--forbid-only", "--forbid-pending", ...words];
    const from = Date.now();
    const ended = await command([process.execPath, ...args], { env: { ...env, TEST_COUNTS: file }, output });
    const counted = countsOf(file);
    fs.rmSync(folder, { recursive: true });
    // a crash after the last test counts as a failure too
    const failed = ended && counted !== null ? counted.failed : Math.max(counted?.failed ?? 0, 1);
    const seconds = (Date.now() - from) / 1000;
    const { passed = 0, parts, byFile } = counted ?? {};
    return { name, passed, failed, seconds, parts, byFile };
}

function countsOf(file: string): Counts | null {
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as Counts;
    } catch {
        return null;
    }
}
