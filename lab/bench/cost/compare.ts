import { median } from "../statistics";

/** The mean of the middle half. Like a median it ignores outliers, and it is finer than the clock of the values. */
export function middleMean(values: number[]): number {
    const quarter = Math.floor(values.length / 4);
    const middle = ascending(values).slice(quarter, values.length - quarter);
    return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/** One quantity measured in both ways in one round, directly after each other. */
export interface Round {
    vip: number;
    own: number;
}

export interface Comparison {
    vip: number;
    own: number;
    /** The median of the rounds' ratios. 1 is as good as without the pair, less is worse. */
    ratio: number;
    /** The range of the median in 19 of 20 repetitions. */
    between: [number, number];
}

/**
 * Uses the rounds' ratios and not the ratio of the medians, because other load of the machine changes from round to
 * round and affects both halves of a round.
 *
 * @param better Whether more is better, as of throughput, or less, as of latency.
 */
export function compare(rounds: Round[], better: "more" | "less"): Comparison {
    const ratios = ascending(rounds.map(({ vip, own }) => (better === "more" ? vip / own : own / vip)));
    // by the binomial distribution of how many values lie below the true median
    const reach = 0.98 * Math.sqrt(ratios.length);
    const at = (rank: number) => ratios[Math.min(ratios.length - 1, Math.max(0, rank))];
    return {
        vip: median(rounds.map(({ vip }) => vip)),
        own: median(rounds.map(({ own }) => own)),
        ratio: median(ratios),
        between: [at(Math.floor(ratios.length / 2 - reach)), at(Math.ceil(ratios.length / 2 + reach))],
    };
}

/** Whether a goal is met by the median. It counts as missed only if noise cannot be the reason. */
export function verdict({ ratio, between }: Comparison, goal: number): "ok" | "missed" | "too noisy to tell" {
    if (ratio >= goal) {
        return "ok";
    }
    return between[1] < goal ? "missed" : "too noisy to tell";
}

/** Which of the two ways comes first. Each is first equally often, so that neither always has the warm machine. */
export function order<T>(round: number, ways: [T, T]): T[] {
    return round % 2 === 0 ? ways : [ways[1], ways[0]];
}

const ascending = (values: number[]) => [...values].sort((a, b) => a - b);
