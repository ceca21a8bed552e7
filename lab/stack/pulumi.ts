import execa from "execa";
import * as path from "path";
import type { Deployment } from "./workspace";

/** No prompts, no preview, no colours. */
export const SILENT = ["--yes", "--skip-preview", "--color", "never"];

/**
 * Runs pulumi on the stack `dev` as a user does, with secrets by stdin. @returns its output. @throws Error with its
 * output, if it fails
 */
export async function runPulumi({ dir, env, pulumiBin }: Deployment, words: string[], input = ""): Promise<string> {
    const pulumi = path.join(pulumiBin, "pulumi");
    const done = await execa(pulumi, [...words, "--stack", "dev"], {
        cwd: dir,
        env,
        input,
        all: true,
        reject: false,
    });
    if (done.exitCode !== 0) {
        throw new Error(`pulumi ${words[0]}: exit code ${done.exitCode}\n${done.all}`);
    }
    return done.all ?? "";
}

/** `pulumi up` without a question. It starts the engine once, where the Automation API starts it five times. */
export function up(deployment: Deployment, ...words: string[]): Promise<string> {
    return runPulumi(deployment, ["up", ...SILENT, ...words]);
}

/** The stack's outputs, without the values of secrets. */
export async function outputs(deployment: Deployment): Promise<Record<string, unknown>> {
    const said = await runPulumi(deployment, ["stack", "output", "--json"]);
    return JSON.parse(said.slice(said.indexOf("{"))) as Record<string, unknown>;
}
