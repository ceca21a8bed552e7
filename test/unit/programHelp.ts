import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { tsxArgs } from "../../lab/cloud/tsx";

export const ROOT = path.resolve(__dirname, "../..");

export const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
};

/** Scripts without options: npm runs them when it packs and installs. */
const WITHOUT_OPTIONS = ["build", "prepare"];

/** The npm scripts that are programs of the project. */
export function programs(): string[] {
    return Object.keys(scripts).filter((name) => fileOf(name) !== undefined && !WITHOUT_OPTIONS.includes(name));
}

const fileOf = (script: string) => /^node lab\/launch\.mjs (\S+)$/.exec(scripts[script])?.[1];

let printed: Promise<Record<string, string>> | undefined;

async function helps(): Promise<Record<string, string>> {
    const files = programs().map(absolute);
    const { stdout } = await execa(process.execPath, [...tsxArgs(path.join(__dirname, "helps.ts")), ...files]);
    return JSON.parse(stdout) as Record<string, string>;
}

const absolute = (script: string) => path.join(ROOT, fileOf(script)!);

/** The output of a program with --help. All programs are asked once for all tests. */
export async function helpOf(script: string): Promise<string> {
    printed ??= helps();
    return (await printed)[absolute(script)];
}
