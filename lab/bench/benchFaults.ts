/** The faults: the note's set-up and ours, in one run on one local cloud. */
import * as fs from "fs";
import * as os from "os";
import { requireMachine } from "../cloud";
import { provideEngine } from "../engine/engine";
import { say, tidied } from "../stack/program";
import { Bench } from "./bench";
import { figuresOf, jsonOf } from "./figures";
import { verdicts } from "./goals";
import type { Options } from "./options";
import { describePlan, planOf } from "./plan";
import { PERIOD_MS } from "./prober";
import { html, text, type Facts } from "./report";
import { LATE_MS } from "../../cli/client/outage";

/** @returns the exit code. */
export async function benchFaults(options: Options): Promise<number> {
    const started = Date.now();
    requireMachine(options.name);
    const plan = planOf(options);
    say(describePlan(plan, options.seed));
    const bench = await Bench.start(options, await provideEngine({ log: say }), say);
    const finish = async () => {
        report(options, bench, started);
        say("removing everything");
        await bench.cloud.down();
    };
    await tidied(() => bench.run(plan), finish);
    return bench.rows.some(({ failures }) => failures.length > 0) ? 1 : 0;
}

function report(options: Options, bench: Bench, started: number): void {
    const figures = figuresOf(bench.rows);
    const asked = figures.filter(({ api }) => api.latencyMs === options.latencyMs && api.actionMs === options.actionMs);
    const goals = verdicts(asked);
    const facts = factsOf(options, bench, started);
    console.log(`\n${text(figures, goals)}\n\n${facts.map((words) => words.join(": ")).join("\n")}`);
    if (options.json !== undefined) {
        fs.writeFileSync(options.json, JSON.stringify(asked.map(jsonOf), null, 4) + "\n");
    }
    if (options.html !== undefined) {
        fs.writeFileSync(options.html, html(figures, goals, facts, started));
    }
}

function factsOf({ seed, load }: Options, { apiTimes, probers }: Bench, started: number): Facts {
    const api = apiTimes.map(({ call, action }) => `${call}/${action}`);
    const share = Math.round(100 * Math.max(0, ...probers));
    return [
        [
            "asked",
            `every ${PERIOD_MS} ms, open-loop; an answer after ${LATE_MS} ms counts as lost; it took ${share} % of a CPU`,
        ],
        ["API as measured before each part, for the floors", `${api.join(", ")} ms`],
        ["machine", `${os.cpus().length} CPUs${load ? ", all of them kept busy" : ""}`],
        ["took", `${Math.round((Date.now() - started) / 60_000)} minutes, seed ${seed}`],
    ];
}
