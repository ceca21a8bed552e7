import type { Node } from "./findPair";
import { type Seen, unready } from "./report";
import { holderOf, masterOf } from "./verdict";

/** The node that would hand over and its successor, or every reason against a switchover. */
export type HandOver = { from: Node; to: Node; refusal: null } | { refusal: string[] };

export function handOver(seen: Seen[]): HandOver {
    const silent = seen.flatMap(({ error }) => (error === null ? [] : [error]));
    if (silent.length > 0) {
        return { refusal: silent };
    }
    const master = masterOf(seen);
    const backup = seen.find((one) => one !== master);
    if (master?.report == null || backup?.report == null) {
        const states = seen.map(({ node, report }) => `${node.name} is ${report?.vrrp}`);
        return { refusal: [`one node must be MASTER and the other one BACKUP, but ${states.join(" and ")}`] };
    }
    const refusal: string[] = [];
    const holder = holderOf(seen.flatMap(({ report }) => report ?? []));
    if (holder === null) {
        refusal.push(
            `the API did not say which node has the alias (${master.report.apiError ?? backup.report.apiError})`,
        );
    } else if (holder !== master.node.name && holder !== master.report.carriedBy) {
        refusal.push(`${master.node.name} is MASTER, but the cloud sends to ${holder}`);
    }
    const obstacle = unready(backup.report);
    if (obstacle !== null) {
        refusal.push(`${backup.node.name} could not take over: ${obstacle}`);
    }
    return refusal.length > 0 ? { refusal } : { from: master.node, to: backup.node, refusal: null };
}
