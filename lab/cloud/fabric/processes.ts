/** Which processes are in a namespace, from /proc. */
import * as fs from "fs";

function ids(): number[] {
    return fs.readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function identity(file: string): string | null {
    try {
        const { dev, ino } = fs.statSync(file);
        return `${dev}:${ino}`;
    } catch {
        return null;
    }
}

/** All processes whose network namespace is the named one. */
export function processesIn(namespace: string): number[] {
    const wanted = identity(`/run/netns/${namespace}`);
    return wanted === null ? [] : ids().filter((pid) => identity(`/proc/${pid}/ns/net`) === wanted);
}

/** The first process of the system that booted in this namespace, by its id on this machine; null before and after. */
export function initOf(namespace: string): number | null {
    return processesIn(namespace).find((pid) => innermostId(pid) === 1) ?? null;
}

function innermostId(pid: number): number | null {
    try {
        const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
        const chain = /^NSpid:\s+(.*)$/m.exec(status)?.[1].split(/\s+/) ?? [];
        return chain.length > 1 ? Number(chain.at(-1)) : null;
    } catch {
        return null;
    }
}

/** SIGKILL; a process that is gone already is fine. */
export function killAll(pids: number[]): void {
    for (const pid of pids) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // it ended by itself
        }
    }
}
