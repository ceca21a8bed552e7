export function median(values: number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The same thing measured by both ways in one round, one right after the other. */
export interface Round {
    vip: number;
    own: number;
}

export interface Comparison {
    vip: number;
    own: number;
    /** The median of the rounds' ratios, each such that 1 is as good as without us and less is worse. */
    ratio: number;
}

/**
 * The rounds' ratios and not the ratio of the medians: what else the machine does changes from round to round, and hits both
 * halves of one.
 *
 * @param better Whether more is better, as of throughput, or less, as of latency.
 */
export function compare(rounds: Round[], better: "more" | "less"): Comparison {
    const ratios = rounds.map(({ vip, own }) => (better === "more" ? vip / own : own / vip));
    return {
        vip: median(rounds.map(({ vip }) => vip)),
        own: median(rounds.map(({ own }) => own)),
        ratio: median(ratios),
    };
}

/** Which of two ways comes first: each as often as the other, so that neither always finds the machine warm. */
export function order<T>(round: number, ways: [T, T]): T[] {
    return round % 2 === 0 ? ways : [ways[1], ways[0]];
}
