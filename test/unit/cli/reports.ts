import type { Node } from "../../../cli/pair/findPair";
import type { NodeReport, Seen } from "../../../cli/pair/report";

export const NOW = 1_800_000_000;

export const NODES: Node[] = [
    { name: "web0", privateIp: "10.0.1.2", publicIpv4: "198.51.100.2", serverId: 42, hostKey: "ssh-ed25519 AAAA" },
    { name: "web1", privateIp: "10.0.1.3", publicIpv4: "198.51.100.3", serverId: 43, hostKey: "ssh-ed25519 BBBB" },
];

/** The report of web0, which serves; web1 is the peer. */
export function report(own: Partial<NodeReport> = {}): NodeReport {
    return {
        pair: "web",
        node: "web0",
        vips: ["10.0.1.1"],
        vrrp: "MASTER",
        since: NOW - 3600,
        interface: "enp7s0",
        vipsOnNic: ["10.0.1.1"],
        drained: false,
        agent: "running",
        keepalived: "active",
        service: "active",
        lastClaim: { at: NOW - 3598, from: "web1", seconds: 1.9, steps: { read: 0.06, clear: 0.9, assign: 0.9 } },
        lastError: null,
        holderByMetadata: "web0",
        holderByApi: "web0",
        apiError: null,
        requestsLeft: 3500,
        tokenValid: true,
        verdict: "MASTER and holder",
        exit: 0,
        ...own,
    };
}

export function backup(own: Partial<NodeReport> = {}): NodeReport {
    const idle: Partial<NodeReport> = {
        vrrp: "BACKUP",
        vipsOnNic: [],
        lastClaim: null,
        verdict: "BACKUP, ready to take over",
    };
    return report({ node: "web1", ...idle, holderByMetadata: "not web1", ...own });
}

/** null stands for a node that does not answer. */
export function seen(a: NodeReport | null, b: NodeReport | null): Seen[] {
    return [a, b].map((report, index) => ({
        node: NODES[index],
        report,
        error: report === null ? `${NODES[index].name} (root@…) did not answer within 20 s` : null,
    }));
}
