/**
 * `npm test`: every check that there is, cheapest first. `npm test -- unit agent` runs only the named stages, and
 * `npm test -- unit PATH…` only the tests at these paths. Its last line is `N passed, N failed`; a stage that cannot run
 * counts as failed.
 */
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { missingPackages, packagesOf } from "../lab/cloud/preflight";
import { helpIfAsked } from "../lab/stack/help";
import { agent } from "./stages/agent";
import { withCoverage } from "./stages/coverage";
import { e2e } from "./stages/e2e";
import { installing } from "./stages/installing";
import { inTurn } from "./stages/inTurn";
import { command, relative, ROOT, sum, type Counts } from "./stages/mocha";
import { withPythonCoverage, type Python } from "./stages/pythonCoverage";
import { pythonTools, pythonWithTools, venvPackages } from "./stages/pythonTools";
import { inShares } from "./stages/shares";
import { timeTable } from "./stages/table";
import { readWords, testFiles, type Offer, type Request } from "./stages/words";

interface Stage extends Offer {
    about: string;
    /** The missing Debian packages with the programs that it calls. */
    packages(): string[];
    /** It runs beside the stages before it, because it needs nothing of them and compares no times. */
    early?: boolean;
    /**
     * @param paths What to run. Never empty for a stage with a folder.
     * @param output The descriptor of a file for the output of an early stage.
     * @param every Also the tests whose turn it is not.
     */
    run(paths: string[], output?: number, every?: boolean): Promise<Counts>;
}

async function tool(name: string, args: string[], output?: number): Promise<Counts> {
    const program = path.join(ROOT, "node_modules", ".bin", name);
    const passed = await command([process.execPath, program, ...args], { output });
    return { passed: Number(passed), failed: Number(!passed) };
}

/** All of the project only as far as it has changed; what is named by its path in any case. */
async function eslint(paths: string[]): Promise<Counts> {
    const run = (files: string[]) => tool("eslint", ["--max-warnings", "0", "--no-warn-ignored", ...files]);
    if (!paths.includes(ROOT)) {
        return run(paths.map(relative));
    }
    // see english
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { lintChanged } = require("./stages/lint") as typeof import("./stages/lint");
    const cache = path.join(ROOT, "node_modules", ".cache", "eslint-clean.json");
    const passed = await lintChanged(ROOT, cache, async (files) => (await run(files)).failed === 0);
    return { passed: Number(passed), failed: Number(!passed) };
}

function english(paths: string[]): Counts {
    // it loads the compiler, which takes half a second, and only this stage needs it
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { englishOf } = require("./stages/english") as typeof import("./stages/english");
    const found = englishOf(ROOT, paths);
    found.forEach((finding) => console.log(finding));
    return { passed: Number(found.length === 0), failed: Number(found.length > 0) };
}

const sayTo = (output?: number) => (text: string) =>
    void (output === undefined ? process.stdout.write(text) : fs.writeSync(output, text));

const PLAIN: Python = { words: ["python3"], env: {} };

/** Runs each path in its own process, because unittest looks for modules in one folder at a time. */
async function unittest(paths: string[], output?: number, how: Python = PLAIN): Promise<Counts> {
    const [program, ...before] = how.words;
    const all: Counts[] = [];
    for (const each of paths) {
        const [folder, pattern] = each.endsWith(".py") ? [path.dirname(each), path.basename(each)] : [each, "test*.py"];
        const words = [...before, "-m", "unittest", "discover", "-s", folder, "-p", pattern];
        const { stdout, stderr, exitCode } = await execa(program, words, { cwd: ROOT, env: how.env, reject: false });
        sayTo(output)(`${stdout}${stderr}\n`);
        const ran = Number(/^Ran (\d+) test/m.exec(stderr)?.[1] ?? 0);
        const of = (what: string) => Number(new RegExp(`${what}=(\\d+)`).exec(stderr)?.[1] ?? 0);
        const failed = exitCode === 0 && ran > 0 ? 0 : Math.max(1, of("failures") + of("errors"));
        all.push({ passed: Math.max(0, ran - failed), failed });
    }
    return sum(all);
}

/** Measures the coverage only for the whole stage. */
async function python(paths: string[], output?: number): Promise<Counts> {
    if (!paths.includes(path.join(ROOT, "test", "unit", "scripts"))) {
        return unittest(paths, output);
    }
    const run = (how: Python) => unittest(paths, output, how);
    return withPythonCoverage(await pythonWithTools(), run, sayTo(output));
}

/** Measures the coverage only for the whole stage. */
function unit(paths: string[], output?: number): Promise<Counts> {
    const whole = paths.includes(path.join(ROOT, "test", "unit"));
    const run = (env: Record<string, string>) => inShares(testFiles(paths), { env, output });
    return whole ? withCoverage(run, output) : run({});
}

const remembered = (name: string) => [
    "--incremental",
    "--tsBuildInfoFile",
    path.join(ROOT, "node_modules", ".cache", `${name}.tsbuildinfo`),
];

/** Checks all of it, and the package's sources more strictly. */
async function types(_paths: string[], output?: number): Promise<Counts> {
    const build = "tsconfig.build.json";
    return sum([
        await tool("tsc", ["-p", ".", ...remembered("tsc")], output),
        await tool("tsc", ["-p", build, "--noEmit", ...remembered("tsc-build")], output),
    ]);
}

const none = () => [];

const PRETTIER_CACHE = ["--cache", "--cache-strategy", "content"];

/** Commands, and the Debian packages that have them. */
const PYTHON = { python3: "python3" };
/** The commands of tests with network namespaces and TLS. */
const NETWORK = { ...PYTHON, ip: "iproute2", nsenter: "util-linux", openssl: "openssl" };
const FILTERS = { nft: "nftables", "iptables-legacy": "iptables", sysctl: "procps" };

const STAGES: Stage[] = [
    {
        name: "format",
        about: "prettier",
        packages: none,
        folder: ".",
        run: (paths) => tool("prettier", ["--check", "--log-level", "warn", ...PRETTIER_CACHE, ...paths.map(relative)]),
    },
    {
        name: "lint",
        about: "eslint, and the English of comments, messages and documents",
        packages: none,
        folder: ".",
        run: async (paths) => sum([await eslint(paths), english(paths)]),
    },
    { name: "types", about: "tsc", packages: none, folder: null, early: true, run: types },
    {
        name: "python-lint",
        about: "ruff and mypy on the nodes' programs",
        packages: venvPackages,
        folder: null,
        early: true,
        run: (_paths, output) => pythonTools(output),
    },
    {
        name: "python",
        about: "the nodes' programs, without root, and what of them the tests run",
        packages: venvPackages,
        folder: "test/unit/scripts",
        run: python,
    },
    {
        name: "unit",
        about: "pure functions and Pulumi mocks",
        packages: () => packagesOf({ ...PYTHON, openssl: "openssl" }),
        folder: "test/unit",
        early: true,
        run: unit,
    },
    {
        name: "sim",
        about: "two agents in virtual time, and defects that they must show",
        packages: () => packagesOf(PYTHON),
        folder: "test/sim",
        early: true,
        run: (paths, output) => unittest(paths, output),
    },
    {
        name: "agent",
        about: "the agent as a process, with faults of the API",
        packages: () => packagesOf({ ...NETWORK, ...FILTERS }),
        folder: "test/agent",
        run: agent,
    },
    {
        name: "e2e",
        about: "booted servers and the real engine",
        // also those of the local cloud, which all parts would install at the same time
        packages: () => [...packagesOf({ ...NETWORK, ps: "procps" }), ...missingPackages()],
        folder: "test/e2e",
        run: (paths, _output, every = false) => e2e(paths, every),
    },
];

/** Runs one stage when what it calls is installed. A stage that cannot run counts as failed. */
async function runStage(
    stage: Stage,
    { paths, every }: Request,
    installed: Promise<void>,
    output?: number,
): Promise<Counts> {
    const from = Date.now();
    const counted = (counts: Counts) => ({ ...counts, name: stage.name, seconds: (Date.now() - from) / 1000 });
    try {
        if (stage.packages().length > 0) {
            await installed;
        }
        const all = paths.length > 0 ? paths : [path.resolve(ROOT, stage.folder ?? ".")];
        return counted(await stage.run(all, output, every));
    } catch (error) {
        console.error(error instanceof Error ? error.message : error);
        return counted({ passed: 0, failed: 1 });
    }
}

const USAGE = `Every check of the project, cheapest first.

  npm test                    all stages; of the longest end-to-end tests one group, another one each day
  npm test -- --every         all stages, with all end-to-end tests
  npm run check               those that take a minute together: format, lint, types, python-lint, python, unit
  npm test -- STAGE…          these stages
  npm test -- STAGE PATH…     the files of one stage; a path is taken from the stage's folder or from the project's

Stages:
${STAGES.map(({ name, about, folder }) => `  ${name.padEnd(13)}${about}${folder === null ? "" : `, in ${folder}`}`).join("\n")}`;

function asked() {
    try {
        return readWords(process.argv.slice(2), STAGES, ROOT);
    } catch (error) {
        console.error((error as Error).message);
        process.exit(2);
    }
}

async function main(): Promise<void> {
    helpIfAsked(USAGE);
    const request = asked();
    const from = Date.now();
    const wanted = STAGES.filter(({ name }) => request.stages.includes(name));
    const installed = installing(wanted);
    const all = await inTurn(
        wanted,
        (stage, output) => runStage(stage, request, installed, output),
        ({ name, about }, beside) => console.log(`\n== ${name}: ${about}${beside ? ", beside the stages above" : ""}`),
    );
    const { passed, failed } = sum(all);
    console.log(`\n${timeTable(all)}\n\n${Math.round((Date.now() - from) / 1000)} s in all`);
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
}

void main();
