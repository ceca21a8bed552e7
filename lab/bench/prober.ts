import { spawn, type ChildProcess } from "child_process";
import * as fs from "fs";
import { Client } from "../../cli/client/client";
import { proberWords } from "../stack/client";

/** Requests per second: one every 2 ms. */
export const RATE = 500;
export const PERIOD_MS = 1000 / RATE;
/** The kernel's unit for a process's CPU time. USER_HZ is 100 on every Linux. */
const TICKS = 100;

/** The client of a benchmark, and its CPU time. */
export class Prober extends Client {
    private readonly began = Date.now();

    private constructor(private readonly child: ChildProcess) {
        super(child);
    }

    /**
     * Requests http://ADDRESS/ from a namespace, with the highest priority: a client that waits for a CPU would measure
     * the CPU.
     */
    static start(netns: string, address: string): Prober {
        const words = ["-n", "-15", ...proberWords(netns, address, RATE)];
        return new Prober(spawn("nice", words, { stdio: ["pipe", "pipe", "inherit"] }));
    }

    /** The share of one CPU that it has used so far. nsenter and nice exec it, so its process id is theirs. */
    cpu(): number {
        const fields = fs.readFileSync(`/proc/${this.child.pid}/stat`, "utf8").split(") ")[1].split(" ");
        return (Number(fields[11]) + Number(fields[12])) / TICKS / ((Date.now() - this.began) / 1000);
    }
}
