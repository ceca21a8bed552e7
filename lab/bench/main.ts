/**
 * `npm run bench`: what faults cost a client, with the set-up of the note of 2019 and with this project's, side by side in one local
 * cloud.
 */
import { start } from "../stack/program";
import { benchFaults } from "./benchFaults";
import { benchCost } from "./cost";
import { FAULT_NAMES } from "./faults";
import { CALLS, type MODES, OPTIONS, type Options, optionsOf } from "./options";
import { benchScale } from "./scale";

/** Runs of their own, by their options. */
const RUNS: Record<(typeof MODES)[number], (options: Options) => Promise<void>> = {
    cost: benchCost,
    scale: benchScale,
};

start({
    name: "npm run bench",
    about: "Measures what faults cost a client with the set-up of the note of 2019 and with this project's, in one local cloud. Needs Linux and root.",
    calls: CALLS,
    options: OPTIONS,
    more: `faults: ${FAULT_NAMES.join(", ")}`,
    run: (values) => {
        const options = optionsOf(values, () => Math.floor(Math.random() * 1e6));
        return options.mode === null ? benchFaults(options) : RUNS[options.mode](options);
    },
});
