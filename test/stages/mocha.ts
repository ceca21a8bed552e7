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
    /** What it is the sum of, where a person may want to know. */
    parts?: Counts[];
    /** The same by test file, whose path is the name. */
    byFile?: Counts[];
    /** These are the counts of a second run, alone: the first one, beside others, had failures. */
    alone?: boolean;
}

export function sum(all: Counts[]): Counts {
    const total = (of: "passed" | "failed") => all.reduce((value, counts) => value + counts[of], 0);
    return { passed: total("passed"), failed: total("failed") };
}

export interface CommandOptions {
    /** The folder that it runs in; the project's unless told. */
    cwd?: string;
    env?: Record<string, string>;
    /** A file's descriptor that its output goes to; the terminal unless told. */
    output?: number;
}

/** Runs a command; whether it ended well. */
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
    /** Of what was run, in the table of where the time went. */
    name?: string;
    env?: Record<string, string>;
}

/** Runs mocha with these arguments, and counts. */
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
    // a crash after the last test is a failure too
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
