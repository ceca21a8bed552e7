import { Problem } from "../problem";
import { type FromNode, parseJson } from "../wire/intake";
import { lastLine } from "../wire/plain";
import type { Read } from "../wire/shape";
import type { Node } from "./findPair";
import { REPORT } from "./reportShape";
import { sh } from "./shell";
import { type Server, type Ssh, Unreachable } from "./ssh";

/** The output of `alias-switch status --json`. Values that an older or newer agent does not have are undefined. */
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
    /** For each name "good", or what is wrong. */
    checks?: Record<string, string>;
    /** Null if the bridge is off. */
    bridge?: { ready?: boolean; problem?: string | null } | null;
    /** If this node is MASTER: the node that has the alias and forwards packets here. */
    carriedBy?: string | null;
    /**
     * When the alias moves here, seconds since the epoch; null if it stays as long as the other node can be reached.
     */
    followsAt?: number | null;
    lastClaim: Claim | null;
    lastError: { at: number; text: string; over?: boolean } | null;
    holderByMetadata: string | null;
    holderByApi: string | null;
    apiError: string | null;
    requestsLeft: number | null;
    tokenValid: boolean | null;
    /** Whether the node serves or could take over now, and why not. */
    ready?: boolean;
    notReady?: string | null;
    /** Whether the nodes receive each other's VRRP adverts; null if unknown. */
    hearsVrrp?: boolean | null;
    /** The checks of its configuration that keepalived refuses to run, and why. */
    refused?: Record<string, string>;
    /** Whether keepalived watches its track files; null if unknown. */
    watched?: boolean | null;
    verdict: string;
    exit: 0 | 1 | 2;
    /** Invalid fields, which were left out. */
    odd?: string[];
}

/** The latest move of the alias. Times in seconds. */
export interface Claim {
    at: number;
    from: string | null;
    seconds: number;
    steps: Record<string, number>;
}

/** The report of a node, or why there is none. */
export interface Seen {
    node: Node;
    report: NodeReport | null;
    error: string | null;
}

/** Why a node neither serves nor could take over, or null. An older agent gives only its verdict as the reason. */
export function unready({ ready, notReady, verdict, exit }: NodeReport): string | null {
    const able = exit === 0 && (ready ?? true);
    return able ? null : (notReady ?? verdict);
}

export function serverOf({ name, publicIpv4, hostKey }: Node): Server {
    return { name, target: `root@${publicIpv4}`, hostKey };
}

/** Asks a node. It does not throw for a problem of the node, because the answer contains it. */
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

/** @param name The name of the node that was asked. The name in its answer is not trusted. */
export function parseReport(stdout: FromNode | string, name: string): NodeReport | null {
    const read = parseJson(stdout, REPORT);
    return read === null ? null : reportOf(read, name);
}

/** Null for text that is not a report. */
export function reportOf({ value, odd }: Read<ReturnType<typeof REPORT>>, name: string): NodeReport | null {
    return value === null || value.verdict === null ? null : { ...value, verdict: value.verdict, node: name, odd };
}

/** The pair's name and its virtual IPs. Both nodes must agree on them. @throws Problem */
export function agreed(seen: Seen[]): { pair: string; vips: string[] } {
    const nothing = { pair: "", vips: [] };
    const [told = nothing, other = nothing] = seen.map(({ report }) => ({
        pair: report?.pair ?? "",
        vips: report?.vips ?? [],
    }));
    if (told.pair === "" || told.vips.length === 0 || JSON.stringify(told) !== JSON.stringify(other)) {
        const words = [told, other].map(({ pair, vips }) => `"${pair}" with ${vips.join(", ") || "none"}`);
        const names = seen.map(({ node }) => node.name);
        throw new Problem(
            `the nodes disagree on the pair and its virtual IPs: ${names[0]} says ${words[0]}, ${names[1]} says ${words[1]}; run pulumi up, then failover doctor`,
        );
    }
    return told;
}
