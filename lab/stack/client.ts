import { spawn } from "child_process";
import * as path from "path";
import * as readline from "readline";
import { Client as Asking } from "../../cli/client/client";
import type { Sample } from "../../cli/client/outage";
import { tsxArgs } from "../cloud/tsx";

const PROBE = path.join(__dirname, "probe.ts");

/** A probe that runs in a namespace, and what it has seen so far. */
export class Client extends Asking {
    /**
     * @param netns The name of the network namespace to ask from.
     * @param url What to ask.
     * @param perSecond Requests a second; 50 unless told.
     */
    constructor(netns: string, url: string, perSecond = 50) {
        const probe = [process.execPath, ...tsxArgs(PROBE), url, String(perSecond)];
        super(spawn("nsenter", [`--net=/run/netns/${netns}`, ...probe], { stdio: ["pipe", "pipe", "inherit"] }));
    }
}

/** Sends `count` requests at 200 a second and returns all samples. */
export function burst(netns: string, url: string, count: number): Promise<Sample[]> {
    return new Promise((resolve, reject) => {
        const args = [`--net=/run/netns/${netns}`, process.execPath, ...tsxArgs(PROBE), url, "200", String(count)];
        const child = spawn("nsenter", args, { stdio: ["ignore", "pipe", "inherit"] });
        const samples: Sample[] = [];
        readline
            .createInterface({ input: child.stdout })
            .on("line", (line) => samples.push(JSON.parse(line) as Sample));
        child.on("error", reject);
        child.on("close", () => resolve(samples));
    });
}
