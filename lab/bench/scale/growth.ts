/** What so many pairs cost, in whatever unit. */
export interface Point {
    pairs: number;
    cost: number;
}

/** How a cost grows with the number of pairs. */
export interface Growth {
    /** Of one more pair, by least squares over all sizes. */
    slope: number;
    /** What that line says of no pairs at all. */
    base: number;
    /**
     * What each pair but the first one costs at the largest size, to the same at the reference. 1 is linear, more is worse. The
     * first one is left out because it pays for the start of everything, which would make anything look better than it is.
     */
    ratio: number;
}

/** Up to here it is called linear: one run on a machine that does other things too varies by so much. */
export const LINEAR = 1.25;

/** @param reference The size that the largest one is compared with. */
export function growth(points: Point[], reference: number): Growth {
    const sorted = [...points].sort((a, b) => a.pairs - b.pairs);
    const [first, last] = [sorted[0], sorted[sorted.length - 1]];
    const at = sorted.find(({ pairs }) => pairs === reference);
    if (at === undefined || at === first) {
        throw new Error(`${reference} pairs were not measured, or nothing smaller was`);
    }
    const each = ({ pairs, cost }: Point) => (cost - first.cost) / (pairs - first.pairs);
    return { ...line(points), ratio: each(last) / each(at) };
}

/** What a size will cost by the line through the sizes before it; undefined while there is no line. */
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
