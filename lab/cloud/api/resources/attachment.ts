import { checkAliases, pickIp } from "../addresses";
import { LOCATIONS } from "../catalog";
import type { Context } from "../context";
import { unprocessable } from "../errors";
import { overlaps, range } from "../ipv4";
import type { Network, Nic, Server } from "../model";

const MAX_NETWORKS = 3;

export interface Wish {
    ip?: string;
    alias_ips?: string[];
    ip_range?: string;
}

/**
 * The interface a server would get in a network.
 * @throws ApiError 422 where it cannot have one
 */
export function newNic(ctx: Context, server: Server, network: Network, wish: Wish): Nic {
    const others = server.nics.map((nic) => ctx.store.networks.get(nic.networkId)!);
    if (others.includes(network)) {
        throw unprocessable("server_already_attached", "server is already attached to network");
    }
    if (others.some((other) => overlaps(range(other.ipRange), range(network.ipRange)))) {
        throw unprocessable("networks_overlap", "the network overlaps with one the server is attached to");
    }
    if (others.length >= MAX_NETWORKS) {
        throw unprocessable("invalid_input", `a server can be attached to at most ${MAX_NETWORKS} networks`);
    }
    const zone = LOCATIONS.find(({ id }) => id === server.locationId)!.network_zone;
    const aliasIps = [...new Set(wish.alias_ips ?? [])];
    const ip = pickIp(ctx, network, zone, wish.ip, wish.ip_range, aliasIps);
    checkAliases(ctx, network, aliasIps, []);
    return { networkId: network.id, ip, aliasIps, mac: newMac(ctx) };
}

/** Creates an interface in the fabric that the server already has in the stored state. */
export async function plugIn(ctx: Context, server: Server, { networkId, ip, mac, aliasIps }: Nic): Promise<void> {
    await ctx.fabric.attach(server.id, { networkId, ip, mac });
    if (aliasIps.length > 0) {
        await ctx.fabric.setAliases(server.id, networkId, aliasIps);
    }
}

/** The first three bytes of a private interface, 86:00:00, distinguish it from a public one. */
function newMac(ctx: Context): string {
    const id = ctx.store.nextId();
    return ["86", "00", "00", ...[16, 8, 0].map((shift) => ((id >> shift) & 0xff).toString(16).padStart(2, "0"))].join(
        ":",
    );
}

/**
 * Replaces the aliases of an interface. The fabric changes first, so that the API never reports a change without
 * effect.
 */
export async function changeAliases(ctx: Context, server: Server, nic: Nic, aliasIps: string[]): Promise<void> {
    await ctx.fabric.setAliases(server.id, nic.networkId, aliasIps);
    nic.aliasIps = aliasIps;
}
