/**
 * `npm run bench`: what faults cost a client, with the set-up of the note of 2019 and with this project's, side by side in one local
 * cloud. README.md, "Benchmark", has the options. -- --cost and -- --scale are runs of their own.
 */
import * as fs from "fs";
import * as os from "os";
import { requireMachine } from "../cloud";
import { provideEngine } from "../engine/engine";
import { Bench, BRIDGE_LANDED } from "./bench";
import { figuresOf, jsonOf } from "./figures";
import { verdicts } from "./goals";
import { parseOptions, type Options } from "./options";
import { describePlan, planOf } from "./plan";
import { PERIOD_MS } from "./prober";
import { html, text, type Facts } from "./report";
import { LATE_MS } from "./round";

const started = Date.now();

function say(line: string): void {
    console.log(`[${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

async function faults(options: Options): Promise<void> {
    requireMachine(options.name);
    const plan = planOf(options).filter(({ variant }) => BRIDGE_LANDED || !variant.bridge);
    say(describePlan(plan, options.seed));
    const bench = await Bench.start(options, await provideEngine({ log: say }), say);
    const down = () => bench.cloud.down();
    process.once("SIGINT", () => void down().finally(() => process.exit(130)));
    try {
        const rows = await bench.run(plan);
        const figures = figuresOf(rows);
        const goals = verdicts(figures.filter(({ api }) => api.latencyMs === options.latencyMs));
        const facts = factsOf(options, bench);
        console.log(`\n${text(figures, goals)}\n\n${facts.map((words) => words.join(": ")).join("\n")}`);
        if (options.json !== undefined) {
            const asked = figures.filter(({ api }) => api.latencyMs === options.latencyMs);
            fs.writeFileSync(options.json, JSON.stringify(asked.map(jsonOf), null, 4) + "\n");
        }
        if (options.html !== undefined) {
            fs.writeFileSync(options.html, html(figures, goals, facts, started));
        }
        if (rows.some(({ failures }) => failures.length > 0)) {
            process.exitCode = 1;
        }
    } finally {
        say("removing everything");
        await down();
    }
}

function factsOf({ seed, load }: Options, { apiTimes, probers }: Bench): Facts {
    const api = [...apiTimes.values()].map(({ call, action }) => `${call} ms a call, ${action} ms an action`);
    const share = Math.round(100 * Math.max(...probers));
    return [
        [
            "asked",
            `every ${PERIOD_MS} ms, open-loop; later than ${LATE_MS} ms is lost; it took ${share} % of a processor`,
        ],
        ["API as measured, for the floors", api.join("; ")],
        ["machine", `${os.cpus().length} processors${load ? ", all of them kept busy" : ""}`],
        ["took", `${Math.round((Date.now() - started) / 60_000)} minutes, seed ${seed}`],
    ];
}

async function main(): Promise<void> {
    const options = parseOptions(process.argv.slice(2), () => Math.floor(Math.random() * 1e6));
    await faults(options);
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
