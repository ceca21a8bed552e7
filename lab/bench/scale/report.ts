import { ruledTable } from "../../../cli/terminal/table";
import type { IdlePair } from "./agents";
import { growth, LINEAR, type Growth } from "./growth";
import type { Size } from "./measure";
import type { Run } from "./pulumi";

/** Hetzner's requests per hour and project: a bucket that gains one per second. */
const LIMIT = 3600;
const REFERENCE = 10;

const seconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
const count = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
const right = (columns: number) => Array.from({ length: columns }, (_, column) => column);

/** CPU time on the user's side. On a machine with other load it is more exact than the elapsed time. */
const processor = ({ use }: Run) => use.engine.cpuSeconds + use.program.cpuSeconds + use.plugins.cpuSeconds;

/** The measures, by their names in the table. */
const MEASURES: Record<string, { of: (size: Size) => number; as: (value: number) => string }> = {
    preview: { of: ({ preview }) => preview.seconds, as: seconds },
    up: { of: ({ up }) => up.seconds, as: seconds },
    "up again": { of: ({ again }) => again.seconds, as: seconds },
    "CPU in preview": { of: ({ preview }) => processor(preview), as: seconds },
    "CPU in up": { of: ({ up }) => processor(up), as: seconds },
    "CPU in up again": { of: ({ again }) => processor(again), as: seconds },
    "memory of preview": { of: ({ preview }) => preview.peakBytes, as: megabytes },
    "memory of up": { of: ({ up }) => up.peakBytes, as: megabytes },
    "memory of up again": { of: ({ again }) => again.peakBytes, as: megabytes },
    "plugins in up": { of: ({ up }) => up.use.plugins.peakBytes, as: megabytes },
    "requests of up": { of: ({ up }) => up.requests, as: count },
    "requests of up again": { of: ({ again }) => again.requests, as: count },
    state: { of: ({ stateBytes }) => stateBytes, as: megabytes },
};

export function growths(sizes: Size[]): Record<string, Growth> {
    const of = ([name, measure]: [string, (typeof MEASURES)[string]]) => [
        name,
        growth(
            sizes.map((size) => ({ pairs: size.pairs, cost: measure.of(size) })),
            REFERENCE,
        ),
    ];
    return Object.fromEntries(Object.entries(MEASURES).map(of)) as Record<string, Growth>;
}

/** A row for each measure, a column for each size, and the growth. */
export function sizeTable(sizes: Size[]): string {
    const largest = Math.max(...sizes.map(({ pairs }) => pairs));
    const head = ["pairs", ...sizes.map(({ pairs }) => String(pairs)), "per pair", `${largest} : ${REFERENCE}`, ""];
    const resources = ["resources", ...sizes.map((size) => String(size.resources))];
    const grown = growths(sizes);
    const rows = Object.entries(MEASURES).map(([name, { of, as }]) => {
        const { slope, ratio } = grown[name];
        const none = sizes.every((size) => of(size) === 0);
        const verdict = none ? ["–", "–", ""] : [as(slope), ratio.toFixed(2), ratio <= LINEAR ? "linear" : "MORE"];
        return [name, ...sizes.map((size) => as(of(size))), ...verdict];
    });
    return ruledTable([head, resources, ...rows], right(sizes.length + 3).slice(1));
}

/** The cost of writing the state after every step, compared with once. */
export function checkpointTable(once: Size[], each: Size[]): string {
    const rows = each.map((size) => {
        const other = once.find(({ pairs }) => pairs === size.pairs)!;
        const [a, b] = [other.up, size.up];
        return [
            String(size.pairs),
            seconds(a.seconds),
            seconds(b.seconds),
            (b.seconds / a.seconds).toFixed(2),
            seconds(a.use.engine.cpuSeconds),
            seconds(b.use.engine.cpuSeconds),
            (b.use.engine.cpuSeconds / size.pairs).toFixed(2),
        ];
    });
    const head = ["pairs", "up, once", "each step", "ratio", "engine's CPU, once", "each step", "of a pair"];
    return ruledTable([head, ...rows], right(7));
}

/** How the limit of requests affects an `up`. */
export function requestsText(sizes: Size[]): string {
    const { up, pairs } = sizes.reduce((a, b) => (b.pairs > a.pairs ? b : a));
    const late = Math.max(0, up.requests - LIMIT - up.seconds);
    const perPair = up.requests / pairs;
    return (
        `The first up of ${pairs} pairs sends ${up.requests} requests, ${perPair.toFixed(1)} a pair, in ${seconds(up.seconds)}. ` +
        `A project has ${LIMIT} and one more a second: ` +
        (late > 0
            ? `on Hetzner's side it has to wait ${seconds(late)} longer; up to ${Math.floor(LIMIT / perPair)} pairs do not have to wait.`
            : "it does not have to wait.")
    );
}

export function idleTable(idle: IdlePair[]): string {
    const rows = idle.map(({ metadata, requests, hours, perHour }) => [
        metadata ? "answers" : "is silent",
        `${requests[0]} + ${requests[1]}`,
        hours.toFixed(2),
        perHour.toFixed(1),
        (perHour * 100).toFixed(0),
        `${((perHour * 100 * 100) / LIMIT).toFixed(0)} %`,
    ]);
    const head = [
        "metadata service",
        "requests, master + backup",
        "hours",
        "a pair and hour",
        "100 pairs",
        `of ${LIMIT}`,
    ];
    return ruledTable([head, ...rows], [1, 2, 3, 4, 5]);
}
