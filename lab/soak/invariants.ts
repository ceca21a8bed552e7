/** The invariants that must hold during all faults. Pure. */
import type { AuditEntry } from "../cloud/api/audit";
import { goneBack } from "../../cli/client/history";
import type { Sample } from "../../cli/client/outage";
import { assigns } from "../stack/pair";
import { PLANS, type Step } from "./schedule";

/** A time in which a node was MASTER, or frozen; ms since the epoch. */
export interface Span {
    node: string;
    from: number;
    /** Infinity until it ends. */
    to: number;
}

/**
 * The time from the agent's last look at its NIC to the arrival of the request, and from a change of the NIC to its
 * record, on a loaded machine.
 */
const GRACE = 300;

/**
 * Accepted assignments that came from a node which was not MASTER.
 *
 * @param nodes The nodes by their public addresses, which the API sees.
 * @param delayed Times in which a node's requests arrive late, because it is frozen or loses packets.
 */
export function assignedByOthers(
    audit: AuditEntry[],
    nodes: Record<string, string>,
    masters: Span[],
    delayed: Span[],
): string[] {
    return audit.filter(assigns).flatMap(({ time, sourceIp, path }) => {
        const [at, node] = [Date.parse(time), nodes[sourceIp]];
        if (node === undefined) {
            return []; // another server's, not a node's
        }
        const late = delayed.filter((span) => span.node === node && span.from - GRACE < at && at < span.to + 2000);
        const since = Math.min(at, ...late.map(({ from }) => from)) - GRACE;
        const was = masters.some((span) => span.node === node && span.from - GRACE <= at && span.to >= since);
        return was ? [] : [`${node} assigned (${path}) at ${time} and was not MASTER`];
    });
}

/** Requests of the nodes. */
export function requestsOf(audit: AuditEntry[], nodes: Record<string, string>): AuditEntry[] {
    return audit.filter(({ sourceIp }) => sourceIp in nodes);
}

/** Refusals for the rate limit that are not caused by a fault. */
export function rateLimited(audit: AuditEntry[]): string[] {
    return audit
        .filter(({ status, faults }) => status === 429 && !faults.includes("rateLimitExhausted"))
        .map(({ time, path }) => `the rate limit was used up at ${time} (${path})`);
}

/** Aliases outside the pair that are not where they were put. */
export function aliasesLost(expected: Record<string, string>, found: Record<string, string[]>): string[] {
    return Object.entries(expected)
        .filter(([node, alias]) => !found[node]?.includes(alias))
        .map(([node, alias]) => `${alias} is no longer an alias of ${node}, but ${found[node]?.join(", ") || "none"}`);
}

/**
 * Answers of a node that was promoted earlier than the node that had answered before. A step with a fault between the
 * nodes, or a frozen one, may have them: then the node promoted last may be the one that has to stand back.
 */
export function wentBack({ troubles }: Step, samples: Sample[], masters: Span[]): string[] {
    const apart = troubles.some(({ kind }) => PLANS[kind].class === "network" || kind === "node frozen");
    const promotions = masters.map(({ node, from }) => ({ node, at: from }));
    return apart ? [] : goneBack(samples, promotions);
}
