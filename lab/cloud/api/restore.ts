import type { Context } from "./context";
import { assemble } from "./resources/power";

/** Networks first, then servers with their interfaces; at last those are booted that were running when the state was stored. */
export async function rebuildFabric(
    ctx: Context,
    have: { networks: number[]; servers: number[] } = { networks: [], servers: [] },
): Promise<void> {
    const { store, fabric } = ctx;
    for (const network of store.networks.values()) {
        if (!have.networks.includes(network.id)) {
            await fabric.createNetwork(network.id, network.ipRange);
            await fabric.setRoutes(network.id, network.routes);
        }
    }
    const wasRunning = [...store.servers.values()].filter(({ status }) => status === "running");
    for (const server of store.servers.values()) {
        if (!have.servers.includes(server.id)) {
            await assemble(ctx, server);
        }
    }
    for (const server of wasRunning.filter(({ id }) => !fabric.isRunning(id))) {
        await fabric.powerOn(server.id);
    }
}
