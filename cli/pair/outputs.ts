import { spawn } from "child_process";
import * as fs from "fs";
import { Problem } from "../problem";
import { collect, collectEnd, type FromNode, parseJson } from "../wire/intake";
import { plainLines } from "../wire/plain";
import { isRecord } from "../wire/shape";

/** The source of a stack's outputs: a file, or else Pulumi in the current folder. */
export interface Source {
    stack?: string;
    /** A file with the output of `pulumi stack output --json`. "-" is stdin. */
    outputs?: string;
}

/** The most bytes of outputs. 50 pairs have a hundredth of it. */
const MOST = 64 * 1024 * 1024;
const TOO_LARGE = `larger than ${MOST / 1024 / 1024} MB, so it cannot be a stack's outputs`;

/** @throws Problem */
export async function readOutputs(source: Source): Promise<Record<string, unknown>> {
    if (source.outputs !== undefined && source.stack !== undefined) {
        throw new Problem("--stack and --outputs exclude each other: give one of them");
    }
    const [text, from] = source.outputs === undefined ? await ask(source.stack) : read(source.outputs);
    const outputs = parseJson(text, (value) => (isRecord(value) ? value : null))?.value ?? null;
    if (outputs === null) {
        throw new Problem(`${from}: not a JSON object: give the output of "pulumi stack output --json"`);
    }
    return outputs;
}

function read(file: string): [string, string] {
    try {
        return [readBounded(file === "-" ? 0 : file), `--outputs ${file}`];
    } catch (error) {
        if (error instanceof Problem) {
            throw error;
        }
        throw new Problem(`--outputs ${file}: cannot be read (${(error as Error).message})`);
    }
}

/** Limited, because a stream may have no end. */
function readBounded(file: string | 0): string {
    const from = file === 0 ? 0 : fs.openSync(file, "r");
    try {
        const chunks: Buffer[] = [];
        for (let came = 0; ;) {
            const chunk = Buffer.alloc(65_536);
            const count = fs.readSync(from, chunk);
            came += count;
            if (count === 0) {
                return Buffer.concat(chunks).toString("utf8");
            }
            if (came > MOST) {
                throw new Problem(`--outputs ${file === 0 ? "-" : file}: ${TOO_LARGE}`);
            }
            chunks.push(chunk.subarray(0, count));
        }
    } finally {
        if (from !== 0) {
            fs.closeSync(from);
        }
    }
}

function ask(stack: string | undefined): Promise<[FromNode | string, string]> {
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
        const stdout = collect(child.stdout, MOST, () => {
            child.kill("SIGKILL");
            reject(new Problem(`"${what}": ${TOO_LARGE}`));
        });
        const stderr = collectEnd(child.stderr);
        child.on("error", () =>
            reject(
                new Problem(
                    "cannot start pulumi: install it (https://www.pulumi.com/docs/install/), or give the stack's outputs in a file with --outputs",
                ),
            ),
        );
        child.on("close", (code) =>
            code === 0
                ? resolve([stdout(), what])
                : reject(
                      new Problem(
                          `"${what}" failed. Run this in the stack's folder, or give a file with --outputs:\n${plainLines(stderr()).trim()}`,
                      ),
                  ),
        );
    });
}
