import { parseArgs } from "util";
import { FAULT_NAMES, type FaultName } from "./faults";

export interface Options {
    /** A run of its own instead of the faults: the name of its option. */
    mode: string | null;
    rounds: number;
    quick: boolean;
    latencyMs: number;
    actionMs: number;
    /** In the order in which they strike. */
    faults: FaultName[];
    seed: number;
    json?: string;
    html?: string;
    load: boolean;
    name: string;
}

const QUICK_ROUNDS = 2;
const QUICK_FAULTS: FaultName[] = ["service-crash", "node-poweroff", "switchover"];

export const USAGE = `What faults cost a client: the set-up of the note of 2019 and this project's, in one local cloud. Needs Linux and root.

  npm run bench -- [--quick] [OPTION…]  the faults; all of them take about 80 minutes, --quick 4
  npm run bench -- --cost               what the pair costs while nothing is wrong
  npm run bench -- --scale              many pairs in one program

  --rounds N     how often each fault strikes; default: 10, with --quick ${QUICK_ROUNDS}
  --faults A,B   of ${FAULT_NAMES.slice(0, 5).join(", ")},
                 ${FAULT_NAMES.slice(5).join(", ")}; default: all, with --quick three of them
  --latency MS   of an API call; default: 60
  --action MS    of an action of the API; default: 800
  --load         keeps all processors busy
  --seed N       strikes at the same moments again
  --json FILE    writes the figures
  --html FILE    writes a page with the timelines of who answered when
  --name N       of the local cloud; default: bench`;

/**
 * @param modes The runs that have an option of their own.
 * @throws Error that names what is wrong, and what is right.
 */
export function parseOptions(words: string[], modes: string[], newSeed: () => number): Options {
    const text = { type: "string" } as const;
    const flag = { type: "boolean", default: false } as const;
    const { values } = parseArgs({
        args: words,
        options: {
            rounds: text,
            quick: flag,
            latency: text,
            action: text,
            faults: text,
            seed: text,
            json: text,
            html: text,
            load: flag,
            ...Object.fromEntries(modes.map((mode) => [mode, flag])),
            name: { ...text, default: "bench" },
        },
    });
    const { quick, load, json, html, name } = values;
    const given = modes.filter((mode) => (values as Record<string, unknown>)[mode]);
    if (given.length > 1) {
        throw new Error(`${given.map((mode) => `--${mode}`).join(" and ")} are runs of their own: give one of them`);
    }
    return {
        mode: given[0] ?? null,
        rounds: whole("rounds", values.rounds ?? String(quick ? QUICK_ROUNDS : 10), 1),
        quick,
        latencyMs: whole("latency", values.latency ?? "60", 0),
        actionMs: whole("action", values.action ?? "800", 0),
        faults: faultsOf(values.faults) ?? (quick ? QUICK_FAULTS : [...FAULT_NAMES]),
        seed: values.seed === undefined ? newSeed() : whole("seed", values.seed, 0),
        json,
        html,
        load,
        name,
    };
}

function whole(option: string, text: string, from: number): number {
    const value = Number(text);
    if (text === "" || !Number.isInteger(value) || value < from) {
        throw new Error(`--${option} ${text}: it has to be a whole number, at least ${from}`);
    }
    return value;
}

function faultsOf(text: string | undefined): FaultName[] | undefined {
    const names = text?.split(",").map((name) => name.trim());
    const unknown = names?.find((name) => !(FAULT_NAMES as readonly string[]).includes(name));
    if (unknown !== undefined) {
        throw new Error(`--faults ${text}: there is no fault "${unknown}"; there are ${FAULT_NAMES.join(", ")}`);
    }
    return names as FaultName[] | undefined;
}
