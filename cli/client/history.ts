/**
 * What clients saw is a history: each answer belongs to a promotion, the latest one of the node that gave it. A later
 * answer never belongs to an earlier promotion. Pure.
 */
import type { Sample } from "./outage";

/** When a node became MASTER, ms since the epoch. */
export interface Promotion {
    node: string;
    at: number;
}

/** ms for which a node has to answer until its answers count: two MASTERs settle within that time which one stays. */
export const COUNTS_MS = 4000;

/** ms by which the clocks of two machines may differ. */
const CLOCKS_MS = 500;

/** The promotions in keepalived's journals, whose lines have the node's name. */
export function promotionsOf(lines: { at: number; node: string; text: string }[]): Promotion[] {
    return lines.filter(({ text }) => text.includes("Entering MASTER STATE")).map(({ node, at }) => ({ node, at }));
}

/** The number of the promotion that an answer belongs to; undefined if its node was never promoted. */
function numberOf({ answer, sentAt, ms }: Sample, inOrder: Promotion[]): number | undefined {
    const at = sentAt + (ms ?? 0) + CLOCKS_MS;
    const number = inOrder.findLastIndex((promotion) => promotion.node === answer && promotion.at <= at);
    return number < 0 ? undefined : number;
}

/**
 * One text for each time that the answers went back to a node promoted earlier than the one that had answered before.
 * Answers of a node without a promotion count for nothing: they may have no name in them.
 *
 * @param promotions Those since the first sample. The node that answers first was promoted before all of them.
 */
export function goneBack(samples: Sample[], promotions: Promotion[]): string[] {
    const answers = [...samples].sort((a, b) => a.seq - b.seq);
    const first = answers.find(({ answer }) => answer !== null)?.answer;
    const before = first == null ? [] : [{ node: first, at: -Infinity }];
    const inOrder = [...before, ...promotions].sort((a, b) => a.at - b.at);
    const found: string[] = [];
    let [highest, current, since] = [-1, undefined as number | undefined, 0];
    for (const sample of answers) {
        const number = numberOf(sample, inOrder);
        if (number !== current) {
            [current, since] = [number, sample.sentAt];
        }
        if (number === undefined || sample.sentAt - since < COUNTS_MS) {
            continue;
        }
        if (number < highest) {
            const [late, early] = [inOrder.at(highest)!.node, inOrder.at(number)!.node];
            found.push(`${early} answers again, and ${late}, which was promoted later, had answered before`);
        }
        highest = number;
    }
    return found;
}
