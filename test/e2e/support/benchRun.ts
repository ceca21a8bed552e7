import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import type { jsonOf } from "../../../lab/bench/figures";
import { ROOT } from "./paths";

const NAME = `bench${process.pid}`;
const WORDS = ["run", "bench", "--", "--quick", "--rounds", "1", "--faults", "service-crash", "--seed", "1"];

export type Row = ReturnType<typeof jsonOf>;

/** Starts the shortest benchmark, as the leader of a process group. */
export function benchRun(...more: string[]): execa.ExecaChildProcess {
    const options = { cwd: ROOT, all: true, reject: false, detached: true };
    return execa("npm", [...WORDS, "--name", NAME, ...more], options);
}

/** The network namespaces of the benchmark that are still there. */
export function leftBehind(): string[] {
    return fs.readdirSync("/run/netns").filter((netns) => netns.startsWith(`lc-${NAME}-`));
}

export function rowsOf(file: string): Row[] {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Row[];
}

/** A folder for the files of a suite, which is removed after its tests. */
export function filesFolder(): (name: string) => string {
    let folder: string;
    before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-e2e-"))));
    after(() => fs.rmSync(folder, { recursive: true }));
    return (name) => path.join(folder, name);
}
