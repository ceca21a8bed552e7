/**
 * `npm run bench`: what faults cost a client, with the set-up of the note of 2019 and with this project's, side by side in one local
 * cloud. README.md, "Benchmark", has the options.
 */
import { benchFaults } from "./benchFaults";
import { benchCost } from "./cost";
import { helpIfAsked } from "../stack/help";
import { parseOptions, USAGE, type Options } from "./options";
import { benchScale } from "./scale";

/** Runs of their own, by their options. */
const RUNS: Record<string, (options: Options, say: (line: string) => void) => Promise<void>> = {
    cost: benchCost,
    scale: benchScale,
};

const started = Date.now();

function say(line: string): void {
    console.log(`[${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

async function main(): Promise<void> {
    helpIfAsked(USAGE);
    const options = parseOptions(process.argv.slice(2), Object.keys(RUNS), () => Math.floor(Math.random() * 1e6));
    await (options.mode === null ? benchFaults : RUNS[options.mode])(options, say);
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
