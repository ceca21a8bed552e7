/** The figures of a row, from those of its rounds. Pure. */
import type { Sample } from "../../cli/client/outage";
import { runsOf } from "../../cli/drill/timeline";

/** @throws RangeError for none. */
export function median(numbers: number[]): number {
    if (numbers.length === 0) {
        throw new RangeError("the median of no numbers");
    }
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Null where there is nothing to divide by; rounded to a thousandth. */
export function ratio(of: number, to: number | null): number | null {
    return to === null || to === 0 ? null : Math.round((of / to) * 1000) / 1000;
}

/** The item whose value is closest to the median of all. */
export function typical<T>(items: T[], figure: (item: T) => number): T {
    const middle = median(items.map(figure));
    return items.reduce((best, item) =>
        Math.abs(figure(item) - middle) < Math.abs(figure(best) - middle) ? item : best,
    );
}

/** ms without an answer, each from a lost answer to the next good one. */
export function silence(samples: Sample[]): number {
    const silent = runsOf(samples).filter(({ who }) => who === null);
    return Math.round(silent.reduce((sum, { from, to }) => sum + to - from, 0));
}
