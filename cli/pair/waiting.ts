import { Failed } from "../problem";
import { until } from "../until";
import type { Node } from "./findPair";
import { look, lookAtBoth, type NodeReport, type Seen } from "./report";
import type { Ssh } from "./ssh";
import { judge } from "./verdict";

/** ms between two questions. Each costs the node two or three API requests. */
const PAUSE = 500;

/** Waits until the pair serves and could fail over. @throws Error that says what is still wrong */
export async function untilGood(ssh: Ssh, nodes: Node[], seconds: number): Promise<Seen[]> {
    let seen: Seen[] = [];
    let last = "";
    await until("the pair to be healthy", seconds * 1000, good, PAUSE).catch((error: Error) => {
        throw new Failed(`${error.message}; ${last}`);
    });
    return seen;

    async function good(): Promise<boolean> {
        seen = await lookAtBoth(ssh, nodes);
        const { level, text, why } = judge(seen, Date.now() / 1000);
        last = [text, ...why].join("; ");
        return level === 0;
    }
}

/** Waits until a node is MASTER and holder. @throws Error that says what the node is instead */
export function untilHolder(ssh: Ssh, node: Node, seconds: number): Promise<NodeReport> {
    return untilSeen(ssh, node, seconds, "MASTER and holder", ({ vrrp, holderByApi, holderByMetadata }) => {
        return vrrp === "MASTER" && (holderByApi ?? holderByMetadata) === node.name;
    });
}

/** Waits until a node is MASTER, with or without the alias. @throws Error that says what the node is instead */
export function untilMaster(ssh: Ssh, node: Node, seconds: number): Promise<NodeReport> {
    return untilSeen(ssh, node, seconds, "MASTER", ({ vrrp }) => vrrp === "MASTER");
}

async function untilSeen(ssh: Ssh, node: Node, seconds: number, what: string, is: (report: NodeReport) => boolean) {
    let report: NodeReport | null = null;
    let last = "";
    await until(`${node.name} to be ${what}`, seconds * 1000, seen, PAUSE).catch((error: Error) => {
        throw new Failed(`${error.message}; ${last}`);
    });
    return report!;

    async function seen(): Promise<boolean> {
        const looked = await look(ssh, node);
        report = looked.report;
        last = looked.error ?? `${node.name}: ${report!.verdict}`;
        return report !== null && is(report);
    }
}
