/** What a probe saw of one request. */
export interface Sample {
    seq: number;
    /** ms since the epoch. */
    sentAt: number;
    /** ms until the answer; null if none came in time. */
    ms: number | null;
    /** Who answered, by the name that it gives; null if nobody. */
    answer: string | null;
}

/** A fault as the client saw it. */
export interface Outage {
    /** ms without an answer, all parts together; 0 if none was lost. */
    outageMs: number;
    /** ms of each part, from its first lost answer to the first good one after it that was the beginning of SETTLED ms of good ones. */
    parts: number[];
    lost: number;
    before: string | null;
    after: string | null;
}

/** ms of nothing but good answers after which an address is back: what is lost later is another part of the outage. */
export const SETTLED = 500;

/**
 * The outage in a run of samples. Answers that come between lost ones do not end it: an address that flaps is not back.
 *
 * @throws Error if the samples end before an answer came: then the outage has no length yet.
 */
export function measureOutage(samples: Sample[]): Outage {
    const inOrder = [...samples].sort((a, b) => a.seq - b.seq);
    const good = inOrder.filter((s) => s.answer !== null);
    const lost = inOrder.filter((s) => s.answer === null);
    const parts = spans(inOrder);
    return {
        outageMs: parts.reduce((sum, part) => sum + part, 0),
        parts,
        lost: lost.length,
        before: (lost.length === 0 ? good[0] : good.findLast((s) => s.seq < lost[0].seq))?.answer ?? null,
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

/** As a person reads it: "920 ms (40 + 880)". */
export function outageText({ outageMs, parts }: Pick<Outage, "outageMs" | "parts">): string {
    return `${outageMs} ms${parts.length > 1 ? ` (${parts.join(" + ")})` : ""}`;
}
