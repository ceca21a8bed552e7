import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";

export interface Result {
    /** Undefined when it could not be started or was ended by a signal. */
    code?: number;
    stdout: string;
    stderr: string;
}

export interface ShellOptions {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    timeoutMs?: number;
    /** Gives way to whatever else runs on the machine. */
    background?: boolean;
}

/** Runs a program to its end and never throws: what it said is in the result. */
export function shell(program: string, args: string[], options: ShellOptions = {}): Promise<Result> {
    return new Promise((resolve) => {
        // a group of its own, so that a time-out also ends what the program has started
        const child = spawn(program, args, {
            cwd: options.cwd,
            env: options.env,
            stdio: ["ignore", "pipe", "pipe"],
            detached: options.timeoutMs !== undefined,
        });
        const out = { stdout: "", stderr: "" };
        child.stdout.setEncoding("utf8").on("data", (text: string) => (out.stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (out.stderr += text));
        if (options.background && child.pid !== undefined) {
            setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
        }
        const end = (): void => {
            out.stderr += `gave up after ${(options.timeoutMs ?? 0) / 1000} s`;
            if (child.pid !== undefined) {
                process.kill(-child.pid, "SIGKILL");
            }
        };
        const timer = options.timeoutMs === undefined ? undefined : setTimeout(end, options.timeoutMs);
        const done = (result: Result): void => {
            clearTimeout(timer);
            resolve(result);
        };
        child.on("error", (error) => done({ ...out, stderr: error.message }));
        child.on("close", (code) => done({ ...out, code: code ?? undefined }));
    });
}

/** The last lines of what a failed program said. */
export const lastWords = ({ stdout, stderr }: Result): string =>
    `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
