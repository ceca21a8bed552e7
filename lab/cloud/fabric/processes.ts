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

/** By namespace. To look through all processes of the machine takes some milliseconds. */
const lastInit = new Map<string, number>();

/** The first process of the system that booted in this namespace, by its id on this machine; null before and after. */
export function initOf(namespace: string): number | null {
    const wanted = identity(`/run/netns/${namespace}`);
    const isInit = (pid: number) => identity(`/proc/${pid}/ns/net`) === wanted && innermostId(pid) === 1;
    const last = lastInit.get(namespace);
    const init = last !== undefined && isInit(last) ? last : processesIn(namespace).find(isInit);
    if (init === undefined) {
        return null;
    }
    lastInit.set(namespace, init);
    return init;
}

/** Those that `ip address` would list, out of the text of fib_trie; other tables may have local routes without an address. */
export function localAddresses(routes: string): string[] {
    const tables = routes.split(/^(?=\S.*:$)/m).filter((table) => /^(Main|Local):/.test(table));
    return tables.flatMap(localsIn);
}

function localsIn(table: string): string[] {
    return [...table.matchAll(/\|-- (\S+)\n +\/32 host LOCAL/g)].map(([, address]) => address);
}

/** Whether the system that booted in this namespace has the IPv4 address on an interface; false before and after. */
export function hasAddress(namespace: string, address: string): boolean {
    const init = initOf(namespace);
    try {
        // a process for each look, such as ip, would take more of a processor than what many a test looks at
        const routes = init === null ? "" : fs.readFileSync(`/proc/${init}/net/fib_trie`, "utf8");
        return localAddresses(routes).includes(address);
    } catch {
        // it ended between the two looks
        return false;
    }
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
