import { Timing } from "../../../../components/spec/timing";
import type { Row } from "../../../../lab/bench/figures";
import { NOTE, type Variant } from "../../../../lab/bench/plan";
import type { Round } from "../../../../lab/bench/round";

export const API = { latencyMs: 60, actionMs: 800 };
export const BALANCED: Variant = { system: "pair", preset: Timing.Balanced, bridge: false };
export const BRIDGED: Variant = { ...BALANCED, bridge: true };

export function round(outageMs: number, own: Partial<Round> = {}): Round {
    const samples = [..."000..111"].map((letter, seq) => ({
        seq,
        sentAt: 10_000 + seq * 2,
        ms: letter === "." ? null : 1,
        answer: letter === "." ? null : `nginx${letter}`,
    }));
    const cost = { laterMs: 0, floorMs: 1000, rightMs: null };
    const base = { node: "nginx0", ...cost, byHand: false, wentBack: false, struckAt: 10_006 };
    return { ...base, outageMs, samples, ...own };
}

export function row(variant: Variant, fault: Row["fault"], rounds: Round[], own: Partial<Row> = {}): Row {
    return { api: API, variant, fault, rounds, failures: [], ...own };
}

/** The note and the pair, each with a crash and a partition. */
export const ROWS: Row[] = [
    row(NOTE, "service-crash", [round(4000), round(5000), round(4500)]),
    row(NOTE, "partition", [round(1300, { rightMs: null, byHand: true }), round(1400, { rightMs: 900 })]),
    row(BALANCED, "service-crash", [round(1010), round(1030), round(1500)], { failures: ["timed out"] }),
    row(BRIDGED, "service-crash", [round(0), round(40, { laterMs: 900 }), round(50, { laterMs: 860 })]),
    row(BALANCED, "partition", [round(900, { rightMs: 2000 }), round(900, { rightMs: 2500, laterMs: 1900 })]),
];
