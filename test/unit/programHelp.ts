import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { tsxArgs } from "../../lab/cloud/tsx";

export const ROOT = path.resolve(__dirname, "../..");

export const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
};

/** They take no options: npm runs them when it packs and installs. */
const WITHOUT_OPTIONS = ["build", "prepare"];

/** The npm scripts that are programs of the project. */
export function programs(): string[] {
    return Object.keys(scripts).filter((name) => fileOf(name) !== undefined && !WITHOUT_OPTIONS.includes(name));
}

const fileOf = (script: string) => /^node lab\/launch\.mjs (\S+)$/.exec(scripts[script])?.[1];

const printed = new Map<string, Promise<string>>();

/** What a program prints with --help; each is started once for all tests. */
export function helpOf(script: string): Promise<string> {
    const file = path.join(ROOT, fileOf(script)!);
    const help =
        printed.get(script) ?? execa(process.execPath, [...tsxArgs(file), "--help"]).then(({ stdout }) => stdout);
    printed.set(script, help);
    return help;
}
