/** From rounds to the figures of the tables. Pure. */
import type { FaultName } from "./faults";
import type { ApiSetting, Variant } from "./plan";
import type { Round } from "./round";
import { median, ratio, typical } from "./statistics";

/** The rounds of one fault on one system. */
export interface Row {
    api: ApiSetting;
    variant: Variant;
    fault: FaultName;
    rounds: Round[];
    /** Why rounds failed. */
    failures: string[];
}

export interface Figures {
    api: ApiSetting;
    variant: Variant;
    fault: FaultName;
    rounds: number;
    medianMs: number;
    worstMs: number;
    floorMs: number;
    ratioToNote: number | null;
    ratioToFloor: number | null;
    /** Answers lost later: when the alias moved, the fault was undone, or the partition healed. */
    laterMs: number;
    worstLaterMs: number;
    /** In how many rounds an operator had to help. */
    byHand: number;
    /** In how many rounds a node answered again that was promoted earlier than the one that had answered before. */
    wentBack: number;
    /** Of partitions: in how many the right node became the holder by itself, and after how long. */
    right: { rounds: number; medianMs: number | null; worstMs: number | null } | null;
    failures: string[];
    /** The round that is closest to the median. */
    example: Round;
}

/** Of all rows that have a round. */
export function figuresOf(rows: Row[]): Figures[] {
    const played = rows.filter(({ rounds }) => rounds.length > 0);
    const same = (a: Row, b: Row) =>
        a.fault === b.fault && a.api.latencyMs === b.api.latencyMs && a.api.actionMs === b.api.actionMs;
    return played.map((row) => {
        const { api, variant, fault, rounds, failures } = row;
        const outages = rounds.map(({ outageMs }) => outageMs);
        const later = rounds.map(({ laterMs }) => laterMs);
        const medianMs = Math.round(median(outages));
        const floorMs = Math.round(median(rounds.map(({ floorMs }) => floorMs)));
        const note = played.find((other) => other.variant.system === "note" && same(other, row));
        const noteMs = note === undefined ? null : median(note.rounds.map(({ outageMs }) => outageMs));
        return {
            api,
            variant,
            fault,
            rounds: rounds.length,
            medianMs,
            worstMs: Math.max(...outages),
            floorMs,
            ratioToNote: ratio(medianMs, noteMs),
            ratioToFloor: ratio(medianMs, floorMs),
            laterMs: Math.round(median(later)),
            worstLaterMs: Math.max(...later),
            byHand: rounds.filter(({ byHand }) => byHand).length,
            wentBack: rounds.filter(({ wentBack }) => wentBack).length,
            right: fault === "partition" ? rightOf(rounds) : null,
            failures,
            example: exampleOf(rounds),
        };
    });
}

function rightOf(rounds: Round[]): Figures["right"] {
    const times = rounds.flatMap(({ rightMs }) => (rightMs === null ? [] : [rightMs]));
    const [medianMs, worstMs] = times.length === 0 ? [null, null] : [Math.round(median(times)), Math.max(...times)];
    return { rounds: times.length, medianMs, worstMs };
}

/** The round that the report shows. */
export function exampleOf(rounds: Round[]): Round {
    return typical(rounds, ({ outageMs }) => outageMs);
}

/** What --json writes of a row. */
export function jsonOf({ fault, variant, rounds, medianMs, worstMs, ratioToNote, ratioToFloor }: Figures) {
    const { system, preset, bridge } = variant;
    return { fault, system, preset, bridge, rounds, medianMs, worstMs, ratioToNote, ratioToFloor };
}
