import type { ChildProcess } from "child_process";
import * as readline from "readline";
import { Failed, Problem } from "../problem";
import { until } from "../until";
import { measureOutage, type Outage, type Sample } from "./outage";

/** Somebody who asks the virtual IP without a pause: a process that prints a sample a line, and what it has seen so far. */
export class Client {
    readonly samples: Sample[] = [];
    private stopping = false;
    private readonly gone: Promise<never>;

    constructor(private readonly process: ChildProcess) {
        readline.createInterface({ input: process.stdout! }).on("line", (line) => {
            this.samples.push(JSON.parse(line) as Sample);
        });
        let said = "";
        process.stderr?.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-2000)));
        this.gone = new Promise((_resolve, reject) => {
            process.once("error", reject);
            process.once("close", (code) => {
                if (!this.stopping) {
                    const last = said.trim().split("\n").at(-1);
                    reject(
                        new Problem(
                            `the client has stopped asking (exit code ${code}): ${last || "it did not say why"}`,
                        ),
                    );
                }
            });
        });
        this.gone.catch(() => undefined);
    }

    /** Waits until `count` requests in a row were answered, all by the same node (by `who`, if given), and returns its name. */
    async steady(what: string, timeoutMs: number, count = 50, who?: string): Promise<string> {
        const from = this.samples.length;
        await this.until(what, timeoutMs, () => {
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
        await this.until("the address to answer again", options.timeoutMs ?? 60_000, () => {
            const since = this.samples.slice(from);
            const tail = since.slice(-50);
            const settled = tail.length === 50 && tail.every((s) => s.answer !== null && s.answer === tail[0].answer);
            return settled && (!options.mustMove || tail[0].answer !== before);
        });
        return { ...measureOutage(this.samples.slice(from)), before };
    }

    async stop(): Promise<void> {
        this.stopping = true;
        const { process } = this;
        if (process.exitCode !== null || process.signalCode !== null) {
            return;
        }
        const ended = new Promise((resolve) => process.once("exit", resolve));
        process.stdin!.end();
        process.kill();
        await ended;
    }

    private until(what: string, timeoutMs: number, condition: () => boolean): Promise<void> {
        const waiting = until(what, timeoutMs, condition).catch((error: Error) => {
            throw new Failed(error.message);
        });
        return Promise.race([waiting, this.gone]);
    }
}
