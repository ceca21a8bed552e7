/** Changes of a user's checkout: its sources become its own files, are compiled, and are edited. */
import { buildSync } from "esbuild";
import * as fs from "fs";
import * as path from "path";
import type { LocalWorkspace } from "@pulumi/pulumi/automation";
import type { Deployment } from "./workspace";

/** A module to preload, with which the program starts with half of the work. */
const LIGHT = path.join(__dirname, "lightProgram.cjs");

/**
 * Gives a checkout its own copies of what is a link to this repository, so that its user can change what is sent to the
 * nodes, and compiles its program once, where each `pulumi up` would do it again. Only `npm run demo`, and with it the
 * first `up` of test/e2e/demo, compiles as a user's engine does.
 */
export function ownSources(deployment: Deployment): void {
    const { dir } = deployment;
    for (const folder of ["components", "scripts"]) {
        const link = path.join(dir, folder);
        const target = fs.realpathSync(link);
        fs.unlinkSync(link);
        fs.cpSync(target, link, { recursive: true });
    }
    const sources = fs.readdirSync(path.join(dir, "components"), { recursive: true, encoding: "utf8" });
    compile(dir, ["index.ts", ...sources.map((file) => path.join("components", file))]);
    edit(dir, "Pulumi.yaml", "main: index.ts", "main: index.js");
    edit(dir, "Pulumi.yaml", "typescript: true", "typescript: false");
    edit(dir, "package.json", "./components/index.ts", "./components/index.js");
    runLightly(deployment);
}

/** Runs the compiled program of a checkout, each time, with what makes its start cheap. */
export function runLightly({ env, stack }: Deployment): void {
    const options = { NODE_OPTIONS: `${env.NODE_OPTIONS} --require=${LIGHT}` };
    Object.assign(env, options);
    Object.assign((stack.workspace as LocalWorkspace).envVars, options);
}

/** Writes the JavaScript of these files of a checkout beside each; what is not TypeScript is left out. */
function compile(dir: string, files: string[]): void {
    const sources = files.filter((file) => file.endsWith(".ts"));
    const entryPoints = sources.map((file) => path.join(dir, file));
    buildSync({ entryPoints, outdir: dir, outbase: dir, format: "cjs", platform: "node", logLevel: "error" });
}

/**
 * Changes a file of a checkout as its user would.
 *
 * @throws Error unless `from` is in the file exactly once.
 */
export function edit(dir: string, file: string, from: string, to: string): void {
    const target = path.join(dir, file);
    const text = fs.readFileSync(target, "utf8");
    const times = text.split(from).length - 1;
    if (times !== 1) {
        throw new Error(`${file} holds ${times} times, and not once: ${from}`);
    }
    fs.writeFileSync(
        target,
        text.replace(from, () => to),
    );
    if (fs.existsSync(target.replace(/\.ts$/, ".js"))) {
        compile(dir, [file]);
    }
}
