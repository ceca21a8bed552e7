import type { OptionTable, Parsed } from "../../cli/options";
import { wholeNumber } from "../stack/program";
import { FAULT_NAMES, type FaultName } from "./faults";

export interface Options {
    /** A run of its own instead of the faults: the name of its option. */
    mode: (typeof MODES)[number] | null;
    rounds: number;
    quick: boolean;
    latencyMs: number;
    actionMs: number;
    /** In their order. */
    faults: FaultName[];
    seed: number;
    json?: string;
    html?: string;
    load: boolean;
    name: string;
}

const QUICK_ROUNDS = 2;
const QUICK_FAULTS: FaultName[] = ["service-crash", "node-poweroff", "switchover"];

export const MODES = ["cost", "scale"] as const;

export const CALLS = [
    ["[--quick] [OPTION…]", "the faults; all of them take about 80 minutes, --quick 4"],
    ["--cost", "what the pair costs while nothing is wrong"],
    ["--scale", "many pairs in one program"],
];

export const OPTIONS = {
    quick: { type: "boolean", about: `${QUICK_ROUNDS} rounds of three faults` },
    cost: { type: "boolean", about: "measures the cost of the pair without faults instead" },
    scale: { type: "boolean", about: "measures the cost of 1 to 200 pairs instead" },
    rounds: {
        type: "string",
        value: "N",
        about: `rounds of each fault; default: 10, with --quick ${QUICK_ROUNDS}`,
    },
    faults: { type: "string", value: "A,B", about: "default: all, with --quick three of them" },
    latency: { type: "string", default: "60", value: "MS", about: "duration of an API call; default: 60" },
    action: { type: "string", default: "800", value: "MS", about: "duration of an action of the API; default: 800" },
    load: { type: "boolean", about: "keeps all processors busy" },
    seed: { type: "string", value: "N", about: "repeats the times of the faults" },
    json: { type: "string", value: "FILE", about: "writes the figures" },
    html: { type: "string", value: "FILE", about: "writes a page with timelines of the answering node" },
    name: { type: "string", default: "bench", value: "N", about: "name of the local cloud; default: bench" },
} as const satisfies OptionTable;

/** @throws Error that names what is wrong, and what is right. */
export function optionsOf(values: Parsed<typeof OPTIONS>["values"], newSeed: () => number): Options {
    const { quick = false, load = false, json, html, name } = values;
    const given = MODES.filter((mode) => values[mode]);
    if (given.length > 1) {
        throw new Error(`${given.map((mode) => `--${mode}`).join(" and ")} exclude each other: give one of them`);
    }
    return {
        mode: given[0] ?? null,
        rounds: wholeNumber("rounds", values.rounds ?? String(quick ? QUICK_ROUNDS : 10), 1),
        quick,
        latencyMs: wholeNumber("latency", values.latency, 0),
        actionMs: wholeNumber("action", values.action, 0),
        faults: faultsOf(values.faults) ?? (quick ? QUICK_FAULTS : [...FAULT_NAMES]),
        seed: values.seed === undefined ? newSeed() : wholeNumber("seed", values.seed, 0),
        json,
        html,
        load,
        name,
    };
}

function faultsOf(text: string | undefined): FaultName[] | undefined {
    const names = text?.split(",").map((name) => name.trim());
    const unknown = names?.find((name) => !(FAULT_NAMES as readonly string[]).includes(name));
    if (unknown !== undefined) {
        throw new Error(`--faults ${text}: unknown fault "${unknown}": choose from ${FAULT_NAMES.join(", ")}`);
    }
    return names as FaultName[] | undefined;
}
