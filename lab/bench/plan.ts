/** What is measured, in which order, when the faults start, and how long it takes. Pure. */
import { Timing } from "../../components/spec/timing";
import type { Random } from "../stack/random";
import type { FaultName } from "./faults";
import type { Options } from "./options";

export interface Variant {
    system: "note" | "pair";
    /** Null for the note, which has neither presets nor a bridge. */
    preset: Timing | null;
    bridge: boolean;
}

/** The API's nominal times, ms. */
export interface ApiSetting {
    latencyMs: number;
    actionMs: number;
}

/** Faults on one system with one configuration and one speed of the API. */
export interface Leg {
    api: ApiSetting;
    variant: Variant;
    faults: FaultName[];
    rounds: number;
}

export const NOTE: Variant = { system: "note", preset: null, bridge: false };
const PRESETS = [Timing.Fast, Timing.Balanced, Timing.Conservative];
const BRIDGES = [false, true];
const pairs = (presets: Timing[]): Variant[] =>
    presets.flatMap((preset) => BRIDGES.map((bridge): Variant => ({ system: "pair", preset, bridge })));

/** The factors of the API's times in the sweep: half and double. */
const SWEEP = [0.5, 2];
/** One fault with a living holder, and one with a dead holder. */
const SWEPT: FaultName[] = ["service-crash", "node-poweroff"];
const SWEPT_ROUNDS = 3;

export function planOf({ quick, latencyMs, actionMs, faults, rounds }: Options): Leg[] {
    const api = { latencyMs, actionMs };
    const variants = [NOTE, ...pairs(quick ? [Timing.Balanced] : PRESETS)];
    // a bridge cannot help with a dead node
    const worthwhile = ({ bridge }: Variant) =>
        faults.filter((fault) => !quick || !bridge || fault !== "node-poweroff");
    const legs = variants.map((variant) => ({ api, variant, faults: worthwhile(variant), rounds }));
    const swept = SWEPT.filter((fault) => faults.includes(fault));
    if (quick || swept.length === 0) {
        return legs;
    }
    const more = SWEEP.flatMap((factor) => {
        const other = { latencyMs: Math.round(latencyMs * factor), actionMs: Math.round(actionMs * factor) };
        const few = Math.min(rounds, SWEPT_ROUNDS);
        return [NOTE, ...pairs([Timing.Balanced])].map((variant) => ({
            api: other,
            variant,
            faults: swept,
            rounds: few,
        }));
    });
    return [...legs, ...more];
}

/**
 * When the rounds of one fault start, as shares of an advert's interval. They cover the interval evenly, in random
 * order.
 */
export function phases(random: Random, rounds: number): number[] {
    const shares = Array.from({ length: rounds }, (_, i) => (i + random.next()) / rounds);
    for (let i = shares.length - 1; i > 0; i--) {
        const j = random.between(0, i);
        [shares[i], shares[j]] = [shares[j], shares[i]];
    }
    return shares;
}

/**
 * Seconds per round until the pair is healthy again, on the developer's machine, and the additional time of the note.
 */
const SECONDS: Record<FaultName, [note: number, pair: number]> = {
    "service-crash": [8, 6],
    "service-stop": [8, 6],
    "keepalived-kill": [12, 7],
    "node-poweroff": [17, 12],
    "node-reboot": [10, 8],
    "node-freeze": [7, 7],
    switchover: [11, 5],
    partition: [20, 6],
};
/**
 * Seconds for the cloud, `pulumi up` and the note's servers; and for each leg to measure the API and run `pulumi up`
 * for a variant.
 */
const START = 65;
const LOOK = 3;
const CHANGE = 12;

export function secondsOf(legs: Leg[]): number {
    const rounds = legs.flatMap(({ variant, faults, rounds }) =>
        faults.map((fault) => SECONDS[fault][variant.system === "note" ? 0 : 1] * rounds),
    );
    const changes = legs.filter(({ variant }) => variant.system === "pair").length * CHANGE;
    return START + legs.length * LOOK + changes + rounds.reduce((sum, seconds) => sum + seconds, 0);
}

export function nameOf({ system, preset, bridge }: Variant): string {
    return system === "note" ? "the note" : `pair, ${preset}, bridge ${bridge ? "on" : "off"}`;
}

export function describePlan(legs: Leg[], seed: number): string {
    const lines = legs.map(({ api, variant, faults, rounds }) => {
        const count = rounds === 1 ? "once" : `${rounds} times`;
        return `  API ${api.latencyMs}/${api.actionMs} ms, ${nameOf(variant)}: ${count} each ${faults.join(", ")}`;
    });
    const minutes = Math.ceil(secondsOf(legs) / 60);
    return [`seed ${seed}; this will take about ${minutes} minutes:`, ...lines].join("\n");
}
