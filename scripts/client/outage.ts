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
    /** ms from the first lost answer to the first good one after the last lost one; 0 if none was lost. */
    outageMs: number;
    lost: number;
    before: string | null;
    after: string | null;
}

/**
 * The outage in a run of samples. Answers that come between lost ones do not end it: an address that flaps is not back.
 *
 * @throws Error if the samples end before an answer came: then the outage has no length yet.
 */
export function measureOutage(samples: Sample[]): Outage {
    const inOrder = [...samples].sort((a, b) => a.seq - b.seq);
    const good = inOrder.filter((s) => s.answer !== null);
    const lost = inOrder.filter((s) => s.answer === null);
    if (lost.length === 0) {
        return { outageMs: 0, lost: 0, before: good[0]?.answer ?? null, after: good.at(-1)?.answer ?? null };
    }
    const first = lost[0];
    const last = lost[lost.length - 1];
    const recovered = good.find((s) => s.seq > last.seq);
    if (recovered === undefined) {
        throw new Error(`no answer since request ${first.seq}: the outage has not ended`);
    }
    return {
        outageMs: Math.round(recovered.sentAt - first.sentAt),
        lost: lost.length,
        before: good.findLast((s) => s.seq < first.seq)?.answer ?? null,
        after: good.at(-1)?.answer ?? null,
    };
}
