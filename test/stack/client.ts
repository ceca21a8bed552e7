import { ChildProcess, spawn } from "child_process";
import * as path from "path";
import * as readline from "readline";
import { Outage, Sample, measureOutage } from "./outage";
import { tsxArgs } from "./tsx";
import { until } from "./until";

const PROBE = path.join(__dirname, "probe.ts");

/** A probe that runs in a namespace, and what it has seen so far. */
export class Client {
    readonly samples: Sample[] = [];
    private readonly process: ChildProcess;

    /**
     * @param netns The name of the network namespace to ask from.
     * @param url What to ask.
     * @param perSecond Requests a second; 50 unless told.
     */
    constructor(netns: string, url: string, perSecond = 50) {
        this.process = spawn(
            "nsenter",
            [`--net=/run/netns/${netns}`, process.execPath, ...tsxArgs(PROBE), url, String(perSecond)],
            { stdio: ["pipe", "pipe", "inherit"] },
        );
        readline.createInterface({ input: this.process.stdout! }).on("line", (line) => {
            this.samples.push(JSON.parse(line) as Sample);
        });
    }

    /** Waits until `count` requests in a row were answered, all by the same node (by `who`, if given), and returns its name. */
    async steady(what: string, timeoutMs: number, count = 50, who?: string): Promise<string> {
        const from = this.samples.length;
        await until(what, timeoutMs, () => {
            const tail = this.samples.slice(from).slice(-count);
            const answer = tail[0]?.answer ?? null;
            return (
                tail.length === count &&
                answer !== null &&
                (who ?? answer) === answer &&
                tail.every((s) => s.answer === answer)
            );
        });
        return this.samples.at(-1)!.answer!;
    }

    /** Runs `fault`, waits until the address answers steadily again (from another node, if `mustMove`), and says what that cost. */
    async during(fault: () => Promise<unknown>, options: { mustMove: boolean; timeoutMs?: number }): Promise<Outage> {
        const before = await this.steady("the address to answer before the fault", 60_000);
        const from = this.samples.length;
        await fault();
        await until("the address to answer again", options.timeoutMs ?? 60_000, () => {
            const since = this.samples.slice(from);
            const tail = since.slice(-50);
            const settled = tail.length === 50 && tail.every((s) => s.answer !== null && s.answer === tail[0].answer);
            return settled && (!options.mustMove || tail[0].answer !== before);
        });
        return { ...measureOutage(this.samples.slice(from)), before };
    }

    async stop(): Promise<void> {
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.process.stdin!.end();
        this.process.kill();
        await ended;
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
