import type { ChildProcess } from "child_process";
import { Failed, Problem } from "../problem";
import { until } from "../until";
import { collectEnd, collectLines, type FromNode, Lines, parseJson } from "../wire/intake";
import { lastLine } from "../wire/plain";
import { nullable, number, object, text } from "../wire/shape";
import { measureOutage, type Outage, type Sample } from "./outage";

/** Most samples of a client (27 hours of a drill), and most other lines, such as the greeting of a login shell. */
const MOST_SAMPLES = 5_000_000;
const MOST_ODD = 100;
/** The longest time between a client's first and last sample, ms. */
const LONGEST = 86_400_000;

const SAMPLE = object(
    {
        seq: number(0, MOST_SAMPLES, null),
        sentAt: number(0, 8.64e15, null),
        ms: nullable(number(0, LONGEST, null)),
        answer: nullable(text(null, 100)),
    },
    null,
);

/**
 * A client that sends requests to the virtual IP all the time: a process that prints a sample per line, and the samples
 * so far.
 */
export class Client {
    readonly samples: Sample[] = [];
    private stopping = false;
    private odd = 0;
    private fail: (problem: Error) => void = () => undefined;
    private readonly gone: Promise<never>;

    constructor(private readonly process: ChildProcess) {
        const said = process.stderr === null ? () => "" : collectEnd(process.stderr);
        this.gone = new Promise((_resolve, reject) => {
            this.fail = reject;
            process.once("error", reject);
            process.once("close", (code) => {
                if (!this.stopping) {
                    reject(new Problem(`the client stopped sending requests (exit code ${code}): ${lastLine(said())}`));
                }
            });
        });
        this.gone.catch(() => undefined);
        collectLines(process.stdout!, new Lines((line) => this.take(line), 4096), Infinity, () => undefined);
    }

    /** Lines that are not samples are skipped. A program that prints too many lines is not a client. */
    private take(line: FromNode): void {
        const sample = parseSample(line, this.samples[0]?.sentAt);
        if (sample !== null && this.samples.length < MOST_SAMPLES) {
            this.samples.push(sample);
        } else if (++this.odd === MOST_ODD) {
            const what = "the client printed lines that are not samples";
            this.fail(new Problem(`${what}: log in to the client and check whether its login shell prints something`));
        }
    }

    /** Waits until one node (`who`, if given) has answered `count` requests in a row. @returns its name */
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

    /**
     * Runs `fault`, waits until the address answers steadily again (from another node, if `mustMove`), and measures the
     * outage.
     */
    async during(fault: () => Promise<unknown>, options: { mustMove: boolean; timeoutMs?: number }): Promise<Outage> {
        const before = await this.steady("the address to answer before the fault", 60_000);
        const from = this.samples.length;
        await fault();
        await this.until("the address to answer again", options.timeoutMs ?? 60_000, () => {
            const since = this.samples.slice(from);
            const tail = since.slice(-50);
            const settled = tail.length === 50 && tail.every((s) => s.answer !== null && s.answer === tail[0]?.answer);
            return settled && (!options.mustMove || tail[0]?.answer !== before);
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

/** @param first When the first request was sent. Later requests are within a day of it. */
export function parseSample(line: FromNode | string, first?: number): Sample | null {
    const sample = parseJson(line, SAMPLE)?.value ?? null;
    if (sample === null || sample.seq === null || sample.sentAt === null) {
        return null;
    }
    const { seq, sentAt, ms, answer } = sample;
    return Math.abs(sentAt - (first ?? sentAt)) <= LONGEST ? { seq, sentAt, ms, answer } : null;
}
