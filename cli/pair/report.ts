import { Problem } from "../problem";
import { type FromNode, parseJson } from "../wire/intake";
import { lastLine } from "../wire/plain";
import type { Read } from "../wire/shape";
import type { Node } from "./findPair";
import { REPORT } from "./reportShape";
import { sh } from "./shell";
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
    /** Fields that were not as they should be, and were left out. */
    odd?: string[];
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
        const { code, stdout, stderr } = await ssh.run(serverOf(node), sh`alias-switch status --json`);
        const report = parseReport(stdout, node.name);
        const error =
            report === null
                ? `${node.name}: "alias-switch status" ended with ${code} and printed no report: ${lastLine(stderr)}`
                : null;
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

/** @param name The node that was asked: what it calls itself is not believed. */
export function parseReport(stdout: FromNode | string, name: string): NodeReport | null {
    const read = parseJson(stdout, REPORT);
    return read === null ? null : reportOf(read, name);
}

/** Null for what is not a report at all. */
export function reportOf({ value, odd }: Read<ReturnType<typeof REPORT>>, name: string): NodeReport | null {
    return value === null || value.verdict === null ? null : { ...value, verdict: value.verdict, node: name, odd };
}

/** The pair's name and its virtual IPs, in which both nodes have to agree. @throws Problem */
export function agreed(seen: Seen[]): { pair: string; vips: string[] } {
    const [told, other] = seen.map(({ report }) => ({ pair: report?.pair ?? "", vips: report?.vips ?? [] }));
    if (told.pair === "" || told.vips.length === 0 || JSON.stringify(told) !== JSON.stringify(other)) {
        const words = [told, other].map(({ pair, vips }) => `"${pair}" with ${vips.join(", ") || "none"}`);
        const names = seen.map(({ node }) => node.name);
        throw new Problem(
            `the nodes do not agree on the pair and its virtual IPs: ${names[0]} says ${words[0]}, ${names[1]} says ${words[1]}; run pulumi up, then failover doctor`,
        );
    }
    return told;
}
