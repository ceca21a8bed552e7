import * as fs from "fs";
import { processesIn } from "../../cloud/fabric/processes";

export type Group = "engine" | "program" | "plugins" | "other side";

/** The highest resident memory and the CPU time of a group of processes. */
export interface Use {
    peakBytes: number;
    cpuSeconds: number;
}

const EVERY_MS = 250;
const PAGE = 4096;
const TICKS = 100;

/** Measures the processes in a network namespace until it is stopped. */
export class Watch {
    private readonly peak = new Map<Group, number>();
    private readonly cpu = new Map<number, { group: Group; from: number; to: number }>();
    private together = 0;
    private readonly timer: NodeJS.Timeout;

    /** @param otherSide The process of the local cloud. */
    constructor(
        private readonly namespace: string,
        private readonly otherSide: number,
    ) {
        this.look();
        this.timer = setInterval(() => this.look(), EVERY_MS);
    }

    stop(): void {
        clearInterval(this.timer);
    }

    use(group: Group): Use {
        const cpuSeconds = [...this.cpu.values()]
            .filter((process) => process.group === group)
            .reduce((sum, { from, to }) => sum + to - from, 0);
        return { peakBytes: this.peak.get(group) ?? 0, cpuSeconds };
    }

    /** The largest sum of engine and program at one moment. */
    get engineAndProgram(): number {
        return this.together;
    }

    private look(): void {
        const now = new Map<Group, number>();
        for (const pid of processesIn(this.namespace)) {
            const seen = look(pid);
            if (seen !== undefined) {
                const group = pid === this.otherSide ? "other side" : groupOf(seen.words);
                now.set(group, (now.get(group) ?? 0) + seen.bytes);
                const before = this.cpu.get(pid);
                // the other side has used CPU time before; the others start now
                const from = before?.from ?? (group === "other side" ? seen.cpuSeconds : 0);
                this.cpu.set(pid, { group, from, to: seen.cpuSeconds });
            }
        }
        now.forEach((bytes, group) => this.peak.set(group, Math.max(bytes, this.peak.get(group) ?? 0)));
        this.together = Math.max(this.together, (now.get("engine") ?? 0) + (now.get("program") ?? 0));
    }
}

export function groupOf(words: string[]): Group {
    if (words.some((word) => /pulumi-resource-|\/plugins\/resource-/.test(word))) {
        return "plugins";
    }
    return /(^|\/)pulumi$/.test(words[0]) ? "engine" : "program";
}

/** Undefined if the process has just ended. */
function look(pid: number): { words: string[]; bytes: number; cpuSeconds: number } | undefined {
    try {
        const read = (file: string) => fs.readFileSync(`/proc/${pid}/${file}`, "utf8");
        const ticks = read("stat").split(") ")[1].split(" ").slice(11, 13).map(Number);
        return {
            words: read("cmdline").split("\0"),
            bytes: Number(read("statm").split(" ")[1]) * PAGE,
            cpuSeconds: (ticks[0] + ticks[1]) / TICKS,
        };
    } catch {
        return undefined;
    }
}
