import { setTimeout as delay } from "timers/promises";
import type { Cloud } from "../../cloud";

/** The units that the component installs. */
const UNITS = ["alias-switch.service", "keepalived.service", "failover-pair-bridge.service"];

/** The resources that a unit used. */
export interface UnitCost {
    node: string;
    unit: string;
    /** Null for a unit without a process: its work is in the kernel. */
    processes: number | null;
    /** Of all processes that it started, also those that have ended, such as checks. */
    cpuSecondsPerHour: number;
    memoryBytes: number;
}

interface Reading {
    unit: string;
    at: number;
    cpuMicroseconds: number;
    processes: number;
    memoryBytes: number;
}

/**
 * Prints for each existing unit its name, the time, its CPU time, the number of its processes and their memory. Each
 * shared page counts once.
 */
const READ = `
for unit in "$@"; do
    [ "$(systemctl show -p LoadState --value "$unit")" = loaded ] || continue
    group=/sys/fs/cgroup$(systemctl show -p ControlGroup --value "$unit")
    [ "$group" != /sys/fs/cgroup ] || { echo "$unit $(date +%s.%N) 0 0 0"; continue; }
    used=$(sed -n 's/^usage_usec //p' "$group/cpu.stat")
    memory=0 count=0
    for pid in $(find "$group" -name cgroup.procs -exec cat {} +); do
        pss=$(sed -n 's/^Pss: *\\([0-9]*\\) kB/\\1/p' "/proc/$pid/smaps_rollup" 2>/dev/null) || continue
        memory=$((memory + \${pss:-0})) count=$((count + 1))
    done
    echo "$unit $(date +%s.%N) $used $count $memory"
done`;

/** Reads the units of both nodes at the start and at the end of the measurement. */
export async function measureUnits(cloud: Cloud, nodes: string[], seconds: number): Promise<UnitCost[]> {
    const all = () => Promise.all(nodes.map((node) => read(cloud, node)));
    const before = await all();
    await delay(seconds * 1000);
    const after = await all();
    return nodes.flatMap((node, index) => unitCosts(node, before[index], after[index]));
}

export function unitCosts(node: string, before: Reading[], after: Reading[]): UnitCost[] {
    return after.map((end) => {
        const start = before.find(({ unit }) => unit === end.unit) ?? end;
        const hours = (end.at - start.at) / 3600;
        const used = (end.cpuMicroseconds - start.cpuMicroseconds) / 1e6;
        return {
            node,
            unit: end.unit,
            processes: end.processes === 0 ? null : end.processes,
            cpuSecondsPerHour: hours === 0 ? 0 : used / hours,
            memoryBytes: end.memoryBytes,
        };
    });
}

async function read(cloud: Cloud, node: string): Promise<Reading[]> {
    const { stdout } = await cloud.exec(node, ["sh", "-uc", READ, "sh", ...UNITS]);
    return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map(readingOf);
}

export function readingOf(line: string): Reading {
    const [unit, at, cpuMicroseconds, processes, kilobytes] = line.split(" ");
    return {
        unit,
        at: Number(at),
        cpuMicroseconds: Number(cpuMicroseconds),
        processes: Number(processes),
        memoryBytes: Number(kilobytes) * 1024,
    };
}
