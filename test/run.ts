/**
 * `npm test`: every check that there is, cheapest first. `npm test -- unit agent` runs only the named stages, and
 * `npm test -- unit PATH…` only the tests at these paths. Its last line is `N passed, N failed`; a stage that cannot run
 * counts as failed.
 */
import { spawnSync } from "child_process";
import * as path from "path";
import { installPackages, missingPackages, packagesOf } from "../lab/cloud/preflight";
import { helpIfAsked } from "../lab/stack/help";
import { judgedAlone } from "./stages/alone";
import { withCoverage } from "./stages/coverage";
import { e2e } from "./stages/e2e";
import { englishOf } from "./stages/english";
import { command, mocha, ROOT, sum, type Counts } from "./stages/mocha";
import { timeTable } from "./stages/table";
import { readWords, testFiles, type Offer } from "./stages/words";

interface Stage extends Offer {
    about: string;
    /** Debian's packages that are missing for what it calls. */
    packages(): string[];
    /** @param paths What of it runs; never empty for a stage that has a folder. */
    run(paths: string[]): Promise<Counts>;
}

async function tool(name: string, ...args: string[]): Promise<Counts> {
    const passed = await command([process.execPath, path.join(ROOT, "node_modules", ".bin", name), ...args]);
    return { passed: Number(passed), failed: Number(!passed) };
}

const relative = (absolute: string) => path.relative(ROOT, absolute) || ".";

function english(paths: string[]): Counts {
    const found = englishOf(ROOT, paths);
    found.forEach((finding) => console.log(finding));
    return { passed: Number(found.length === 0), failed: Number(found.length > 0) };
}

/** What compares times runs alone; everything else waits more than it works, so more of it runs than there are processors. */
async function agent(paths: string[]): Promise<Counts> {
    const files = testFiles(paths);
    const timed = files.filter((file) => file.endsWith("/agent/claim.test.ts"));
    const others = files.filter((file) => !timed.includes(file));
    const quiet = timed.length > 0 ? [await mocha(timed)] : [];
    if (others.length === 0) {
        return sum(quiet);
    }
    const { byFile = [], ...whole } = await mocha(["--parallel", "--jobs", "8", ...others]);
    // a crash is a failure of no file
    const crashed = { passed: 0, failed: whole.failed - sum(byFile).failed };
    const found = byFile.map((one) => ({ ...one, name: relative(one.name!) }));
    const judged = await judgedAlone(found, (file) => mocha([path.join(ROOT, file)]));
    return { ...sum([...quiet, ...judged, crashed]), parts: judged.filter(({ alone }) => alone) };
}

/** `test_*.py`, each by its own run: unittest looks for modules in one folder at a time. */
function unittest(paths: string[]): Promise<Counts> {
    const runs = paths.map((each) => {
        const [folder, pattern] = each.endsWith(".py") ? [path.dirname(each), path.basename(each)] : [each, "test*.py"];
        const words = ["-m", "unittest", "discover", "-s", folder, "-p", pattern];
        const run = spawnSync("python3", words, { cwd: ROOT, encoding: "utf8" });
        process.stdout.write(`${run.stdout ?? ""}${run.stderr ?? run.error?.message ?? ""}`);
        const ran = Number(/^Ran (\d+) test/m.exec(run.stderr ?? "")?.[1] ?? 0);
        const of = (what: string) => Number(new RegExp(`${what}=(\\d+)`).exec(run.stderr ?? "")?.[1] ?? 0);
        const failed = run.status === 0 && ran > 0 ? 0 : Math.max(1, of("failures") + of("errors"));
        return { passed: Math.max(0, ran - failed), failed };
    });
    return Promise.resolve(sum(runs));
}

/** The whole of it has to cover what it is for; a file or a folder alone cannot. */
function unit(paths: string[]): Promise<Counts> {
    const whole = paths.includes(path.join(ROOT, "test", "unit"));
    const run = (env: Record<string, string>) => mocha(testFiles(paths), { env });
    return whole ? withCoverage(run) : run({});
}

/** All of it, and more strictly what the package is built from. */
async function types(): Promise<Counts> {
    const runs = [await tool("tsc", "-p", "."), await tool("tsc", "-p", "tsconfig.build.json", "--noEmit")];
    return sum(runs);
}

const none = () => [];
/** Commands, and Debian's packages that have them. */
const PYTHON = { python3: "python3" };
/** What a test with network namespaces and TLS calls. */
const NETWORK = { ...PYTHON, ip: "iproute2", nsenter: "util-linux", openssl: "openssl" };
const FILTERS = { nft: "nftables", "iptables-legacy": "iptables", sysctl: "procps" };

const STAGES: Stage[] = [
    {
        name: "format",
        about: "prettier",
        packages: none,
        folder: ".",
        run: (paths) => tool("prettier", "--check", "--log-level", "warn", ...paths.map(relative)),
    },
    {
        name: "lint",
        about: "eslint, and the English of comments, messages and documents",
        packages: none,
        folder: ".",
        run: async (paths) => {
            const eslint = await tool("eslint", "--max-warnings", "0", "--no-warn-ignored", ...paths.map(relative));
            return sum([eslint, english(paths)]);
        },
    },
    { name: "types", about: "tsc", packages: none, folder: null, run: types },
    {
        name: "python",
        about: "what runs on a node, its pure parts",
        packages: () => packagesOf(PYTHON),
        folder: "test/unit/scripts",
        run: unittest,
    },
    {
        name: "unit",
        about: "pure functions and Pulumi mocks",
        packages: () => packagesOf({ ...PYTHON, openssl: "openssl" }),
        folder: "test/unit",
        run: unit,
    },
    {
        name: "agent",
        about: "the agent as a process, the API with faults",
        packages: () => packagesOf({ ...NETWORK, ...FILTERS }),
        folder: "test/agent",
        run: agent,
    },
    {
        name: "e2e",
        about: "booted servers and the real engine",
        // the local cloud's too: parts side by side would all install them
        packages: () => [...packagesOf({ ...NETWORK, curl: "curl", ps: "procps" }), ...missingPackages()],
        folder: "test/e2e",
        run: e2e,
    },
];

/** Runs one stage after installing what it calls; what keeps it from running is its failure. */
async function runStage(stage: Stage, paths: string[]): Promise<Counts> {
    try {
        const packages = [...new Set(stage.packages())];
        if (packages.length > 0) {
            await installPackages(packages, console.log);
        }
        return await stage.run(paths.length > 0 ? paths : [path.resolve(ROOT, stage.folder ?? ".")]);
    } catch (error) {
        console.error(error instanceof Error ? error.message : error);
        return { passed: 0, failed: 1 };
    }
}

const USAGE = `Every check of the project, cheapest first.

  npm test                    all stages
  npm test -- STAGE…          these stages
  npm test -- STAGE PATH…     the files of one stage; a path is taken from the stage's folder or from the project's

Stages:
${STAGES.map(({ name, about, folder }) => `  ${name.padEnd(8)}${about}${folder === null ? "" : `, in ${folder}`}`).join("\n")}`;

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
    const { stages, paths } = asked();
    const all: Counts[] = [];
    for (const stage of STAGES.filter(({ name }) => stages.includes(name))) {
        console.log(`\n== ${stage.name}: ${stage.about}`);
        const from = Date.now();
        const counts = await runStage(stage, paths);
        all.push({ ...counts, name: stage.name, seconds: (Date.now() - from) / 1000 });
    }
    const { passed, failed } = sum(all);
    console.log(`\n${timeTable(all)}\n\n${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
}

void main();
