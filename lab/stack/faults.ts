import type { Cloud } from "../cloud";
import { serverAction } from "./api";
import { until } from "./until";

/** Something that happens to the node that serves, and how the node is mended afterwards. */
export interface Fault {
    name: string;
    strike(cloud: Cloud, node: string): Promise<unknown>;
    mend(cloud: Cloud, node: string): Promise<unknown>;
}

const systemctl = (...words: string[]) => {
    return (cloud: Cloud, node: string) => cloud.exec(node, ["systemctl", ...words]);
};

export const FAULTS: Fault[] = [
    { name: "nginx stopped", strike: systemctl("stop", "nginx"), mend: systemctl("start", "nginx") },
    {
        name: "node killed",
        strike: (cloud, node) => serverAction(cloud, node, "poweroff"),
        mend: (cloud, node) => serverAction(cloud, node, "poweron"),
    },
    { name: "keepalived stopped", strike: systemctl("stop", "keepalived"), mend: systemctl("start", "keepalived") },
    // without --no-block the answer would race with the death of the one who gives it
    { name: "node rebooted", strike: systemctl("--no-block", "reboot"), mend: () => Promise.resolve() },
];

/** Waits until both nodes say that they are well: keepalived and the agent run, and the alias is with the master. */
export async function untilHealthy(cloud: Cloud, nodes: string[], timeoutMs = 90_000): Promise<void> {
    await until(
        `${nodes.join(" and ")} to be healthy`,
        timeoutMs,
        async () => {
            await Promise.all(
                nodes.map((node) => cloud.exec(node, ["alias-switch", "wait-healthy", "--timeout", "5"])),
            );
            return true;
        },
        500,
    );
}
