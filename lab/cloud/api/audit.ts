const KEPT_ENTRIES = 100_000;

/** One request, in order of arrival. */
export interface AuditEntry {
    seq: number;
    time: string;
    method: string;
    /** With the query. */
    path: string;
    body: unknown;
    /** The token's id: the start of its SHA-256; null without a valid token. */
    token: string | null;
    sourceIp: string;
    /** Null until the request is answered. It stays null if a fault dropped the request. */
    status: number | null;
    /** The error code of the answer. */
    code: string | null;
    ms: number | null;
    /** Kinds of the faults that were applied. */
    faults: string[];
}

export class Audit {
    readonly entries: AuditEntry[] = [];
    private seq = 0;

    add(entry: Omit<AuditEntry, "seq">): AuditEntry {
        const added = { seq: ++this.seq, ...entry };
        this.entries.push(added);
        // many at once, because removing the first element of a large array for each request is slow
        if (this.entries.length > KEPT_ENTRIES * 1.1) {
            this.entries.splice(0, this.entries.length - KEPT_ENTRIES);
        }
        return added;
    }

    since(seq: number): AuditEntry[] {
        return this.entries.filter((entry) => entry.seq > seq);
    }
}
