import { execFileSync } from "child_process";
import { readdirSync, readFileSync } from "fs";
import { basename } from "path";

interface Process {
    pid: number;
    parent: number;
    program: string;
}

/**
 * Ends the command plugins of this program's engine only. The engine then records their steps as failed, saves its
 * state and ends the update. There is no other way to end a step whose plugin does not return.
 *
 * @returns how many plugins were ended; 0 on Windows
 */
export function endCommandPlugins(own = process.pid): number {
    const all = processes();
    const plugins = all.filter(({ program }) => isPlugin(program));
    // an update may run inside a step of another update: only the nearest engine is this program's
    const engine = ancestors(all, own).find((pid) => plugins.some(({ parent }) => parent === pid));
    const found = plugins.filter(({ parent }) => {
        const startedBy = all.find(({ pid }) => pid === parent);
        // an inline program of the Automation API is the engine's parent; every other program is its child
        return startedBy?.parent === own || parent === engine;
    });
    found.forEach(({ pid }) => process.kill(pid, "SIGKILL"));
    return found.length;
}

function isPlugin(program: string): boolean {
    return basename(program) === "pulumi-resource-command";
}

function ancestors(all: Process[], own: number): number[] {
    const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
    const found: number[] = [];
    for (let pid = parents.get(own); pid !== undefined && pid > 1; pid = parents.get(pid)) {
        found.push(pid);
    }
    return found;
}

function processes(): Process[] {
    if (process.platform === "win32") {
        return [];
    }
    return process.platform === "linux"
        ? readdirSync("/proc").flatMap(fromProc)
        : fromPs(execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" }));
}

/** Without `ps`, which small container images do not have. */
function fromProc(entry: string): Process[] {
    if (!/^\d+$/.test(entry)) {
        return [];
    }
    try {
        // the name in brackets may contain any character
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8").replace(/^.*\) /s, "");
        const program = readFileSync(`/proc/${entry}/cmdline`, "utf8").replace(/\0.*$/s, "");
        return [{ pid: Number(entry), parent: Number(stat.split(" ")[1]), program }];
    } catch {
        return []; // the process has ended
    }
}

function fromPs(lines: string): Process[] {
    return [...lines.matchAll(/^ *(\d+) +(\d+) +(.*?) *$/gm)].map(([, pid, parent, program = ""]) => ({
        pid: Number(pid),
        parent: Number(parent),
        program,
    }));
}
