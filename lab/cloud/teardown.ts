/** Removes everything of an instance by its names, whether its daemon runs, has crashed, or never started. */
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { groupsNamed, killGroup, removeGroup } from "./fabric/cgroup";
import { removeNamespace } from "./fabric/configure";
import { killAll, processesIn } from "./fabric/processes";
import type { Instance } from "./instance";

const REMOVAL_MS = 10_000;
const PROPAGATE = "/run/systemd/nspawn/propagate";

/** @throws Error that lists what could not be removed. */
export async function teardown(of: Instance): Promise<void> {
    if (namespaces(of).some((name) => processesIn(name).includes(process.pid))) {
        throw new Error(`this runs inside the local cloud "${of.name}" itself: stop it from outside`);
    }
    const deadline = Date.now() + REMOVAL_MS;
    for (;;) {
        // the daemon ends first, because it would boot dead servers again
        killAll(daemons(of));
        servers(of).forEach(killGroup);
        killAll(processes(of));
        if (processes(of).length === 0) {
            await removeRest(of);
        }
        // killed processes take a moment to free their mounts and control group
        if (leftovers(of).length === 0 || Date.now() > deadline) {
            break;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const left = leftovers(of);
    if (left.length > 0) {
        throw new Error(`local cloud "${of.name}": could not remove ${left.join(", ")}`);
    }
}

/** Only after the last process has ended. */
async function removeRest(of: Instance): Promise<void> {
    // the innermost first
    for (const mount of mounts(of).sort((a, b) => b.length - a.length)) {
        await execa("umount", [mount], { reject: false });
    }
    await Promise.all(namespaces(of).map(removeNamespace));
    await Promise.all(servers(of).map(removeGroup));
    for (const dir of propagations(of)) {
        fs.rmSync(dir, { recursive: true, force: true });
    }
    if (mounts(of).length === 0) {
        await execa("rm", ["-rf", "--one-file-system", of.dir]);
    }
}

/** The existing parts of the instance, for messages. */
export function leftovers(of: Instance): string[] {
    return [
        ...processes(of).map((pid) => `process ${pid}`),
        ...namespaces(of).map((name) => `namespace ${name}`),
        ...mounts(of).map((dir) => `mount ${dir}`),
        ...servers(of).map((name) => `control group ${name}`),
        ...(fs.existsSync(of.dir) ? [of.dir] : []),
        ...propagations(of),
    ];
}

function namespaces(of: Instance): string[] {
    const all = fs.existsSync("/run/netns") ? fs.readdirSync("/run/netns") : [];
    return all.filter((name) => name.startsWith(of.prefix));
}

const servers = (of: Instance) => groupsNamed(of.prefix);

function propagations(of: Instance): string[] {
    const all = fs.existsSync(PROPAGATE) ? fs.readdirSync(PROPAGATE) : [];
    return all.filter((name) => name.startsWith(of.prefix)).map((name) => path.join(PROPAGATE, name));
}

function mounts(of: Instance): string[] {
    const points = fs.readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return points.map((line) => line.split(" ")[4] ?? "").filter((point) => point.startsWith(`${of.dir}/`));
}

function commandLines(): { pid: number; words: string[] }[] {
    return fs
        .readdirSync("/proc")
        .map(Number)
        .filter(Number.isInteger)
        .map((pid) => {
            try {
                return { pid, words: fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0") };
            } catch {
                return { pid, words: [] };
            }
        });
}

function daemons(of: Instance): number[] {
    const found = commandLines().filter(({ words }) => {
        const script = words.findIndex((word) => word === path.join(__dirname, "daemon.ts"));
        return script >= 0 && words[script + 1] === of.name;
    });
    return found.map(({ pid }) => pid);
}

/** Also those that are in no namespace of the instance: the daemon after its namespace was deleted, the servers' supervisors. */
function processes(of: Instance): number[] {
    const supervisors = commandLines().filter(
        ({ words }) => words[0] === "systemd-nspawn" && words.some((word) => word.startsWith(`--machine=${of.prefix}`)),
    );
    const pids = [...namespaces(of).flatMap(processesIn), ...daemons(of), ...supervisors.map(({ pid }) => pid)];
    return [...new Set(pids)].filter(isAlive);
}

function isAlive(pid: number): boolean {
    try {
        return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
        return false;
    }
}
