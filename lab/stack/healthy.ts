import type { Cloud } from "../cloud";
import { until } from "./until";

/** Waits until both nodes report that they are healthy: keepalived and the agent run, and the master is the holder. */
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
