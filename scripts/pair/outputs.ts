import { spawn } from "child_process";
import * as fs from "fs";
import { Problem } from "../problem";

/** Where a stack's outputs come from: a file, or else Pulumi, in the current folder. */
export interface Source {
    stack?: string;
    /** A file with what `pulumi stack output --json` prints; "-" is stdin. */
    outputs?: string;
}

/** @throws Problem */
export async function readOutputs(source: Source): Promise<Record<string, unknown>> {
    if (source.outputs !== undefined && source.stack !== undefined) {
        throw new Problem("--stack and --outputs: only one of them can say which pair");
    }
    const [text, from] = source.outputs === undefined ? await ask(source.stack) : read(source.outputs);
    let outputs: unknown;
    try {
        outputs = JSON.parse(text);
    } catch {
        outputs = undefined;
    }
    if (typeof outputs !== "object" || outputs === null || Array.isArray(outputs)) {
        throw new Problem(`${from}: it has to be a JSON object, as "pulumi stack output --json" prints it`);
    }
    return outputs as Record<string, unknown>;
}

function read(file: string): [string, string] {
    try {
        return [fs.readFileSync(file === "-" ? 0 : file, "utf8"), `--outputs ${file}`];
    } catch (error) {
        throw new Problem(`--outputs ${file}: it cannot be read (${(error as Error).message})`);
    }
}

function ask(stack: string | undefined): Promise<[string, string]> {
    const words = [
        "stack",
        "output",
        "--json",
        "--non-interactive",
        ...(stack === undefined ? [] : ["--stack", stack]),
    ];
    const what = `pulumi ${words.join(" ")}`;
    return new Promise((resolve, reject) => {
        const child = spawn("pulumi", words, { stdio: ["inherit", "pipe", "pipe"] });
        let [stdout, stderr] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        child.on("error", () =>
            reject(
                new Problem(
                    "pulumi cannot be started: install it (https://www.pulumi.com/docs/install/), or give --outputs a file with the stack's outputs",
                ),
            ),
        );
        child.on("close", (code) =>
            code === 0
                ? resolve([stdout, what])
                : reject(
                      new Problem(
                          `"${what}" failed; run this in the stack's folder, or give --outputs a file:\n${stderr.trim()}`,
                      ),
                  ),
        );
    });
}
