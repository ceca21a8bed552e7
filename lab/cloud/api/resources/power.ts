import type { ServerSpec } from "../../fabric/types";
import { byIdOrName, IMAGES } from "../catalog";
import { ref } from "../collection";
import type { Context } from "../context";
import { enforce } from "../firewalling";
import type { Server } from "../model";
import { primaryIpOf } from "../views";
import { plugIn } from "./attachment";

/** The server's specification for the fabric. */
function specOf(ctx: Context, server: Server): ServerSpec {
    const { id, name, userData, sshKeys, imageId } = server;
    const [image] = byIdOrName(IMAGES, imageId);
    return {
        id,
        name,
        image: image.name,
        userData,
        sshKeys,
        publicIpv4: primaryIpOf(ctx, id, "ipv4")?.ip ?? null,
        publicIpv6: primaryIpOf(ctx, id, "ipv6")?.ip ?? null,
    };
}

/** Creates the server in the fabric, with all its interfaces and addresses, without booting it. */
export async function assemble(ctx: Context, server: Server): Promise<void> {
    await ctx.fabric.createServer(specOf(ctx, server));
    for (const nic of server.nics) {
        await plugIn(ctx, server, nic);
    }
    for (const { ip, serverId } of ctx.store.floatingIps.values()) {
        if (serverId === server.id) {
            await ctx.fabric.addPublicIp(server.id, ip);
        }
    }
    await enforce(ctx, server);
}

export async function startServer(ctx: Context, server: Server): Promise<void> {
    server.status = "starting";
    if (!ctx.fabric.isRunning(server.id)) {
        await ctx.fabric.powerOn(server.id);
    }
    server.status = "running";
}

export async function stopServer(ctx: Context, server: Server): Promise<void> {
    if (ctx.fabric.isRunning(server.id)) {
        await ctx.fabric.powerOff(server.id);
    }
    server.status = "off";
}

/** Takes the server's status from the fabric after a failed action. */
export function settle(ctx: Context, server: Server): void {
    server.status = ctx.fabric.isRunning(server.id) ? "running" : "off";
}

/** @throws RangeError for a server that is not there */
export function lockServer(ctx: Context, serverId: number, ms: number): void {
    if (!ctx.store.servers.has(serverId)) {
        throw new RangeError(`there is no server ${serverId} to lock`);
    }
    const self = ref("server", serverId);
    const plan = { ms };
    ctx.actions.start({ command: "create_image", resources: [self], lock: [self], plan, complete: () => undefined });
}

/** Updates the status after changes without the API: a guest that powers itself off or crashes. */
export function followPower(ctx: Context): void {
    ctx.fabric.onPowerChange((id, running) => {
        const server = ctx.store.servers.get(id);
        // a running action sets the status itself
        if (server && !["initializing", "deleting", "rebuilding"].includes(server.status)) {
            server.status = running ? "running" : "off";
            ctx.store.changed();
        }
    });
}
