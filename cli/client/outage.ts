/** One request of a client. */
export interface Sample {
    seq: number;
    /** ms since the epoch. */
    sentAt: number;
    /** ms until the answer; null if no answer came in time. */
    ms: number | null;
    /** The name that the answer contains; null if there was no answer. */
    answer: string | null;
}

/** An outage, measured at the client. */
export interface Outage {
    /** ms without an answer in all parts together; 0 if no answer was lost. */
    outageMs: number;
    /**
     * ms of each part: from its first lost answer to the first good answer that began SETTLED ms of only good answers.
     */
    parts: number[];
    lost: number;
    before: string | null;
    after: string | null;
}

/** ms after which an answer counts as lost, for all clients that measure. */
export const LATE_MS = 400;

/** ms of only good answers that end a part of the outage. An answer that is lost later begins another part. */
export const SETTLED = 500;

/**
 * The outage in a series of samples. Single answers between lost ones do not end it, because a flapping address has not
 * recovered.
 *
 * @throws Error if the samples end during an outage, so that its length is unknown
 */
export function measureOutage(samples: Sample[]): Outage {
    const inOrder = [...samples].sort((a, b) => a.seq - b.seq);
    const good = inOrder.filter((s) => s.answer !== null);
    const lost = inOrder.filter((s) => s.answer === null);
    const parts = spans(inOrder);
    const [first] = lost;
    return {
        outageMs: parts.reduce((sum, part) => sum + part, 0),
        parts,
        lost: lost.length,
        before: (first === undefined ? good[0] : good.findLast((s) => s.seq < first.seq))?.answer ?? null,
        after: good.at(-1)?.answer ?? null,
    };
}

function spans(inOrder: Sample[]): number[] {
    const parts: number[] = [];
    let first: Sample | undefined;
    let back: Sample | undefined;
    const end = () => {
        if (first !== undefined && back !== undefined) {
            parts.push(Math.round(back.sentAt - first.sentAt));
            first = back = undefined;
        }
    };
    for (const sample of inOrder) {
        if (back !== undefined && sample.sentAt - back.sentAt >= SETTLED) {
            end();
        }
        if (sample.answer === null) {
            first ??= sample;
            back = undefined;
        } else if (first !== undefined) {
            back ??= sample;
        }
    }
    end();
    if (first !== undefined) {
        throw new Error(`no answer since request ${first.seq}: the outage has not ended`);
    }
    return parts;
}

/** For a person: "920 ms (40 + 880)". */
export function outageText({ outageMs, parts }: Pick<Outage, "outageMs" | "parts">): string {
    return `${outageMs} ms${parts.length > 1 ? ` (${parts.join(" + ")})` : ""}`;
}
