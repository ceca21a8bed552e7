/** The cost of a number of pairs, in any unit. */
export interface Point {
    pairs: number;
    cost: number;
}

/** How a cost grows with the number of pairs. */
export interface Growth {
    /** The cost of one more pair, by least squares over all sizes. */
    slope: number;
    /** The cost of zero pairs on that line. */
    base: number;
    /**
     * The cost of each pair except the first at the largest size, divided by that at the reference size. 1 is linear,
     * more is worse. The first pair is left out because it includes the start of everything, which would make every
     * growth look better than it is.
     */
    ratio: number;
}

/** Up to this value the growth counts as linear: single runs on a machine with other load vary that much. */
export const LINEAR = 1.25;

/** @param reference The size with which the largest size is compared. */
export function growth(points: Point[], reference: number): Growth {
    const sorted = [...points].sort((a, b) => a.pairs - b.pairs);
    const [first, last] = [sorted[0], sorted[sorted.length - 1]];
    const at = sorted.find(({ pairs }) => pairs === reference);
    if (at === undefined || at === first) {
        throw new Error(`${reference} pairs were not measured, or no smaller size was`);
    }
    const each = ({ pairs, cost }: Point) => (cost - first.cost) / (pairs - first.pairs);
    return { ...line(points), ratio: each(last) / each(at) };
}

/** The expected cost of a size, by the line through the sizes before it; undefined without such a line. */
export function forecast(points: Point[], pairs: number): number | undefined {
    if (new Set(points.map((point) => point.pairs)).size < 2) {
        return undefined;
    }
    const { slope, base } = line(points);
    return base + slope * pairs;
}

/** Least squares. */
function line(points: Point[]): { slope: number; base: number } {
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [x, y] = [mean(points.map(({ pairs }) => pairs)), mean(points.map(({ cost }) => cost))];
    const over = points.reduce((sum, { pairs, cost }) => sum + (pairs - x) * (cost - y), 0);
    const under = points.reduce((sum, { pairs }) => sum + (pairs - x) ** 2, 0);
    const slope = over / under;
    return { slope, base: y - slope * x };
}
