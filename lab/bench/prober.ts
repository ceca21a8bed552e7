import { spawn, type ChildProcess } from "child_process";
import * as fs from "fs";
import * as path from "path";
import { Client } from "../../cli/client/client";
import { LATE_MS } from "../../cli/client/outage";

export const PROGRAM = path.join(__dirname, "prober.py");

/** Requests a second: one every 2 ms. */
export const RATE = 500;
export const PERIOD_MS = 1000 / RATE;
/** The clock in which the kernel counts a process's time; Linux's USER_HZ is 100 everywhere. */
const TICKS = 100;

/** The client of a benchmark, and what it costs the machine. */
export class Prober extends Client {
    private readonly began = Date.now();

    private constructor(private readonly child: ChildProcess) {
        super(child);
    }

    /** Asks http://ADDRESS/ from a namespace, before all other processes: what waits for a processor measures the processor. */
    static start(netns: string, address: string): Prober {
        const words = [
            `--net=/run/netns/${netns}`,
            "nice",
            "-n",
            "-15",
            "python3",
            PROGRAM,
            address,
            "80",
            String(RATE),
            String(LATE_MS),
        ];
        return new Prober(spawn("nsenter", words, { stdio: ["pipe", "pipe", "inherit"] }));
    }

    /** The share of one processor that it has used so far; nsenter and nice have become it. */
    cpu(): number {
        const fields = fs.readFileSync(`/proc/${this.child.pid}/stat`, "utf8").split(") ")[1].split(" ");
        return (Number(fields[11]) + Number(fields[12])) / TICKS / ((Date.now() - this.began) / 1000);
    }
}
