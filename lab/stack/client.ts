import { spawn } from "child_process";
import * as path from "path";
import * as readline from "readline";
import { Client as Asking } from "../../cli/client/client";
import { LATE_MS, type Sample } from "../../cli/client/outage";

/** Sends requests and prints a line for each. Its source describes the arguments. */
export const PROBER = path.join(__dirname, "prober.py");

/** The command that requests http://ADDRESS/ from a namespace. */
export function proberWords(netns: string, address: string, perSecond: number, count?: number): string[] {
    const options = [address, 80, perSecond, LATE_MS, ...(count === undefined ? [] : [count])];
    return ["nsenter", `--net=/run/netns/${netns}`, "python3", PROBER, ...options.map(String)];
}

/** A prober that runs in a namespace, and what it has seen so far. */
export class Client extends Asking {
    /**
     * @param netns The name of the client's network namespace.
     * @param address The address to send requests to, at port 80.
     */
    constructor(netns: string, address: string) {
        const [program, ...words] = proberWords(netns, address, 50);
        super(spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] }));
    }
}

/** Sends `count` requests at 200 a second and returns all samples. */
export function burst(netns: string, address: string, count: number): Promise<Sample[]> {
    return new Promise((resolve, reject) => {
        const [program, ...words] = proberWords(netns, address, 200, count);
        const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
        const samples: Sample[] = [];
        readline
            .createInterface({ input: child.stdout })
            .on("line", (line) => samples.push(JSON.parse(line) as Sample));
        child.on("error", reject);
        child.on("close", () => resolve(samples));
    });
}
