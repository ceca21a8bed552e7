import { tokenId } from "./auth";

/** The kinds of faults. By default a fault applies to each matching request. */
export type ApiFault =
    /**
     * Refuses the request with this answer and does not execute it. `message` and `headers` are optional. `code: null`
     * sends an HTML page, as a proxy would.
     */
    | { kind: "error"; status: number; code: string | null; message?: string; headers?: Record<string, string> }
    /** Takes `ms` more, ± up to `jitterMs`, half before and half after it is carried out. */
    | { kind: "latency"; ms: number; jitterMs?: number }
    /** Carried out, then the connection is cut instead of an answer. */
    | { kind: "lostAnswer" }
    /** The connection is cut before anything is done. */
    | { kind: "dropRequest" }
    /** Neither done nor answered; the connection stays open until the fault is removed, then it is cut. */
    | { kind: "hang" }
    /** Carried out; the answer's JSON breaks off in the middle. */
    | { kind: "malformedJson" }
    /** Carried out; the answer has its status and no body. */
    | { kind: "emptyBody" }
    /** The action that the request starts does not end (its lock stays) until the fault is removed, then it goes on. */
    | { kind: "actionHangs" }
    /** The action ends as `error` and has changed nothing. */
    | { kind: "actionError"; code: string; message?: string }
    /** The action takes so long. */
    | { kind: "actionMs"; ms: number }
    /** 429 until `resetInSeconds` after the fault was added, whatever was used. */
    | { kind: "rateLimitExhausted"; resetInSeconds: number }
    /** New connections are reset at once; only `sourceIp` can be matched. */
    | { kind: "refuseConnections" }
    /** A server type is sold out, in one location or everywhere: 412 for orders, and `available` is false. Matches no requests. */
    | { kind: "soldOut"; serverType: string; location?: string }
    /** Before the request is processed, another client sets this list of aliases, without an action. */
    | { kind: "changeAliases"; serverId: number; networkId: number; aliasIps: string[] };

/** All given conditions must hold. */
export interface FaultMatch {
    method?: string;
    /** A regular expression for the path, with `/v1` and the query. */
    path?: string;
    /** The API token itself; only its id is kept. */
    token?: string;
    sourceIp?: string;
    /** The server in the path, `/servers/42/…`. */
    serverId?: number;
    /** `change_alias_ips` with an empty list, or with a list that is not. */
    aliases?: "clear" | "assign";
}

export type FaultRule = ApiFault & {
    match?: FaultMatch;
    /** Skips the first n matching requests. Default: 0. */
    skip?: number;
    /** The number of requests that it applies to. Default: no limit. */
    count?: number;
    /** Ends after this time, ms. */
    forMs?: number;
};

export interface Seen {
    method: string;
    path: string;
    tokenId: string | null;
    sourceIp: string;
    body: unknown;
}

/** A rule in force. */
export class ActiveFault {
    hits = 0;
    readonly addedAt = Date.now();
    private release!: () => void;
    /** Resolves when the rule is removed. */
    readonly removed = new Promise<void>((resolve) => (this.release = resolve));

    constructor(
        readonly id: number,
        readonly rule: FaultRule,
    ) {
        const { match } = rule;
        this.rule = { ...rule, match: match && { ...match, token: match.token && tokenId(match.token) } };
    }

    remove(): void {
        this.release();
    }

    get over(): boolean {
        const { forMs, skip = 0, count = Infinity } = this.rule;
        return this.hits >= skip + count || (forMs !== undefined && Date.now() >= this.addedAt + forMs);
    }

    /** Counts the request if it matches; true if the fault applies to it. */
    hit(seen: Seen): boolean {
        return !this.over && matches(this.rule.match ?? {}, seen) && ++this.hits > (this.rule.skip ?? 0);
    }
}

/** The rules in force, in the order in which they were added. Random numbers come from a seed, so a run can be repeated. */
export class Faults {
    private rules: ActiveFault[] = [];
    private lastId = 0;

    constructor(private randomState: number) {}

    /** @returns the id for `remove` */
    add(rule: FaultRule): number {
        const fault = new ActiveFault(++this.lastId, rule);
        this.rules.push(fault);
        if (rule.forMs !== undefined) {
            setTimeout(() => this.remove(fault.id), rule.forMs).unref();
        }
        return fault.id;
    }

    remove(id: number): void {
        this.rules.filter((fault) => fault.id === id).forEach((fault) => fault.remove());
        this.rules = this.rules.filter((fault) => fault.id !== id);
    }

    clear(): void {
        this.rules.forEach((fault) => fault.remove());
        this.rules = [];
    }

    list(): { id: number; hits: number; rule: FaultRule }[] {
        return this.rules.map(({ id, hits, rule }) => ({ id, hits, rule }));
    }

    /** The faults that apply to this request. */
    hit(seen: Seen): ActiveFault[] {
        const others = ["refuseConnections", "soldOut"];
        return this.rules.filter((fault) => !others.includes(fault.rule.kind) && fault.hit(seen));
    }

    soldOut(serverType: string, location: string): boolean {
        return this.rules.some(
            ({ rule }) =>
                rule.kind === "soldOut" &&
                rule.serverType === serverType &&
                (rule.location === undefined || rule.location === location),
        );
    }

    refuses(sourceIp: string): boolean {
        const seen = { method: "", path: "", tokenId: null, sourceIp, body: null };
        return this.rules.some((fault) => fault.rule.kind === "refuseConnections" && fault.hit(seen));
    }

    /** Mulberry32: uniform in [0, 1). */
    random(): number {
        this.randomState = (this.randomState + 0x6d2b79f5) | 0;
        let mixed = Math.imul(this.randomState ^ (this.randomState >>> 15), 1 | this.randomState);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    }
}

function matches(match: FaultMatch, seen: Seen): boolean {
    const aliasIps = (seen.body as { alias_ips?: unknown } | null | undefined)?.alias_ips;
    const aliases = Array.isArray(aliasIps) ? (aliasIps.length === 0 ? "clear" : "assign") : null;
    const serverId = /\/servers\/(\d+)(?:[/?]|$)/.exec(seen.path)?.[1];
    return (
        (match.method === undefined || match.method === seen.method) &&
        (match.path === undefined || new RegExp(match.path).test(seen.path)) &&
        (match.token === undefined || match.token === seen.tokenId) &&
        (match.sourceIp === undefined || match.sourceIp === seen.sourceIp) &&
        (match.serverId === undefined || String(match.serverId) === serverId) &&
        (match.aliases === undefined || (match.aliases === aliases && /change_alias_ips/.test(seen.path)))
    );
}
