import type { Node } from "./findPair";
import { type Server, type Ssh, Unreachable } from "./ssh";

/** What `alias-switch status --json` prints; what an older or newer agent does not tell is undefined. */
export interface NodeReport {
    pair: string;
    node: string;
    vips: string[];
    vrrp: string;
    /** Seconds since the epoch. */
    since: number | null;
    interface: string | null;
    vipsOnNic: string[];
    drained: boolean;
    agent: string;
    keepalived: string | null;
    service: string | null;
    /** By name: "good", or what is wrong. */
    checks?: Record<string, string>;
    /** Null: it is off. */
    bridge?: { ready?: boolean; problem?: string | null } | null;
    /** The node that has the alias and carries packets here, where this node is MASTER. */
    carriedBy?: string | null;
    /** When the alias follows, seconds since the epoch; null: as long as that node can be reached, it does not. */
    followsAt?: number | null;
    lastClaim: Claim | null;
    lastError: { at: number; text: string; over?: boolean } | null;
    holderByMetadata: string | null;
    holderByApi: string | null;
    apiError: string | null;
    requestsLeft: number | null;
    tokenValid: boolean | null;
    /** Whether the node serves, or could take over now; and if not, why. */
    ready?: boolean;
    notReady?: string | null;
    /** Whether the nodes hear each other's VRRP adverts; null if that could not be told. */
    hearsVrrp?: boolean | null;
    /** What keepalived does not do although its configuration says so: checks that it refuses to run, and why. */
    refused?: Record<string, string>;
    /** Whether it looks at its track files; null if that could not be told. */
    watched?: boolean | null;
    verdict: string;
    exit: 0 | 1 | 2;
}

/** The latest move of the alias; seconds. */
export interface Claim {
    at: number;
    from: string | null;
    seconds: number;
    steps: Record<string, number>;
}

/** A node's own words, or why there are none. */
export interface Seen {
    node: Node;
    report: NodeReport | null;
    error: string | null;
}

/** Why a node neither serves nor could take over; null if it does or could. By its verdict where an older agent says no more. */
export function unready({ ready, notReady, verdict, exit }: NodeReport): string | null {
    const able = exit === 0 && (ready ?? true);
    return able ? null : (notReady ?? verdict);
}

export function serverOf({ name, publicIpv4, hostKey }: Node): Server {
    return { name, target: `root@${publicIpv4}`, hostKey };
}

/** Asks a node. Never fails for what is wrong with the node: that is what the answer tells. */
export async function look(ssh: Ssh, node: Node): Promise<Seen> {
    try {
        const { code, stdout, stderr } = await ssh.run(serverOf(node), "alias-switch status --json");
        const report = parseReport(stdout);
        const why = stderr.trim().split("\n").at(-1) || "it printed no report";
        const error = report === null ? `${node.name}: "alias-switch status" ended with ${code}: ${why}` : null;
        return { node, report, error };
    } catch (error) {
        if (error instanceof Unreachable) {
            return { node, report: null, error: error.message };
        }
        throw error;
    }
}

export function lookAtBoth(ssh: Ssh, nodes: Node[]): Promise<Seen[]> {
    return Promise.all(nodes.map((node) => look(ssh, node)));
}

export function parseReport(stdout: string): NodeReport | null {
    try {
        const report = JSON.parse(stdout) as Partial<NodeReport> | null;
        return typeof report?.verdict === "string" && Array.isArray(report.vips) ? (report as NodeReport) : null;
    } catch {
        return null;
    }
}
