/**
 * `npm test`: every check that there is, cheapest first. `npm test -- unit agent` runs only the named stages.
 * Its last line is `N passed, N failed`; a stage that cannot run counts as failed.
 */
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { installPackages, packagesOf } from "./cloud/preflight";
import { tsxArgs } from "./stack/tsx";

const ROOT = path.resolve(__dirname, "..");

interface Counts {
    passed: number;
    failed: number;
}

interface Stage {
    name: string;
    about: string;
    run(): Counts;
}

function command(words: string[], env: Record<string, string> = {}): boolean {
    const [program, ...args] = words;
    return spawnSync(program, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } }).status === 0;
}

function tool(name: string, ...args: string[]): Counts {
    const passed = command([process.execPath, path.join(ROOT, "node_modules", ".bin", name), ...args]);
    return { passed: Number(passed), failed: Number(!passed) };
}

function mocha(...words: string[]): Counts {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-test-"));
    const counts = path.join(folder, "counts.json");
    const args = ["--reporter", path.join(__dirname, "reporter.cjs"), "--forbid-only", "--forbid-pending"];
    const runner = tsxArgs(path.join(ROOT, "node_modules", "mocha", "bin", "mocha.js"));
    const passed = command([process.execPath, ...runner, ...args, ...words], { TEST_COUNTS: counts });
    try {
        const done = JSON.parse(fs.readFileSync(counts, "utf8")) as Counts;
        // a crash after the last test is a failure too
        return { passed: done.passed, failed: passed ? done.failed : Math.max(done.failed, 1) };
    } catch {
        return { passed: 0, failed: 1 };
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

/** What compares times runs alone; everything else waits more than it works, so more of it runs than there are processors. */
function agent(): Counts {
    const timed = "test/agent/claim.test.ts";
    const [alone, together] = [
        mocha(timed),
        mocha("--parallel", "--jobs", "8", "--ignore", timed, "test/agent/**/*.test.ts"),
    ];
    return { passed: alone.passed + together.passed, failed: alone.failed + together.failed };
}

function unittest(folder: string): Counts {
    const run = spawnSync("python3", ["-m", "unittest", "discover", "-s", folder], { cwd: ROOT, encoding: "utf8" });
    process.stdout.write(`${run.stdout ?? ""}${run.stderr ?? run.error?.message ?? ""}`);
    const ran = Number(/^Ran (\d+) test/m.exec(run.stderr ?? "")?.[1] ?? 0);
    const of = (what: string) => Number(new RegExp(`${what}=(\\d+)`).exec(run.stderr ?? "")?.[1] ?? 0);
    const failed = run.status === 0 && ran > 0 ? 0 : Math.max(1, of("failures") + of("errors"));
    return { passed: Math.max(0, ran - failed), failed };
}

const STAGES: Stage[] = [
    { name: "format", about: "prettier", run: () => tool("prettier", "--check", "--log-level", "warn", ".") },
    { name: "lint", about: "eslint", run: () => tool("eslint", "--max-warnings", "0", ".") },
    { name: "types", about: "tsc", run: () => tool("tsc", "-p", ".") },
    { name: "python", about: "what runs on a node, its pure parts", run: () => unittest("test/unit/node") },
    { name: "unit", about: "pure functions and Pulumi mocks", run: () => mocha("test/unit/**/*.test.ts") },
    { name: "agent", about: "the agent as a process, the API with faults", run: agent },
    { name: "e2e", about: "booted servers and the real engine", run: () => mocha("test/e2e/**/*.test.ts") },
];

/** What the tests run themselves, and Debian's packages that have it; the local cloud installs what it needs. */
const TOOLS = { python3: "python3", ip: "iproute2", nsenter: "util-linux" };

async function main(names: string[]): Promise<void> {
    const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
    if (unknown.length > 0) {
        console.error(
            `no such stage: ${unknown.join(", ")}; there are ${STAGES.map((stage) => stage.name).join(", ")}`,
        );
        process.exit(2);
    }
    const packages = packagesOf(TOOLS);
    if (packages.length > 0) {
        await installPackages(packages, console.log);
    }
    const total: Counts = { passed: 0, failed: 0 };
    const rows: string[] = [];
    for (const stage of STAGES.filter(({ name }) => names.length === 0 || names.includes(name))) {
        console.log(`\n== ${stage.name}: ${stage.about}`);
        const from = Date.now();
        const { passed, failed } = stage.run();
        total.passed += passed;
        total.failed += failed;
        rows.push(`${stage.name}: ${passed} passed, ${failed} failed, ${((Date.now() - from) / 1000).toFixed(1)} s`);
    }
    console.log(`\n${rows.join("\n")}\n\n${total.passed} passed, ${total.failed} failed`);
    process.exitCode = total.failed === 0 ? 0 : 1;
}

void main(process.argv.slice(2));
