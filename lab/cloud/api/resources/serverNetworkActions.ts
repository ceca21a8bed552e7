import type { FastifyInstance } from "fastify";
import { checkAliases } from "../addresses";
import type { Prepared } from "../collection";
import { actionRoute, get, mustBeFree, ref } from "../collection";
import type { Context } from "../context";
import { ApiError, invalidInput } from "../errors";
import type { Kinds } from "../kinds";
import type { Network, Server } from "../model";
import { idSchema, ipSchema, object, rangeSchema } from "../validation";
import type { Wish } from "./attachment";
import { changeAliases, newNic, plugIn } from "./attachment";

interface InNetwork {
    network: number;
}

const inNetwork = object({ network: idSchema }, "network");
const addresses = { type: "array", items: ipSchema };
const attachSchema = object(
    { network: idSchema, ip: ipSchema, alias_ips: addresses, ip_range: rangeSchema },
    "network",
);
const aliasSchema = object({ network: idSchema, alias_ips: addresses }, "network", "alias_ips");

/** attach_to_network, detach_from_network, change_alias_ips. */
export function serverNetworkActionRoutes(app: FastifyInstance, ctx: Context, { server: kind, network }: Kinds): void {
    const find = (id: number): Network => {
        const found = get(network, id);
        // a route or subnet is being changed
        mustBeFree(ctx, "network", id);
        return found;
    };

    actionRoute(app, ctx, kind, "attach_to_network", attachSchema, (server, body: InNetwork & Wish): Prepared => {
        const network = find(body.network);
        const nic = newNic(ctx, server, network, body);
        return {
            command: "attach_to_network",
            also: [ref("network", network.id)],
            claims: { networkId: network.id, ips: [nic.ip, ...nic.aliasIps] },
            complete: async () => {
                // stored first, because the guest asks the metadata service about an interface as soon as it sees it
                server.nics = [...server.nics, nic];
                try {
                    await plugIn(ctx, server, nic);
                } catch (error) {
                    server.nics = server.nics.filter((other) => other !== nic);
                    throw error;
                }
            },
        };
    });

    actionRoute(app, ctx, kind, "detach_from_network", inNetwork, (server, body: InNetwork) => {
        const { id } = find(body.network);
        if (!server.nics.some(({ networkId }) => networkId === id)) {
            throw new ApiError(404, "not_found", `server ${server.id} is not attached to network ${id}`);
        }
        return {
            command: "detach_from_network",
            also: [ref("network", id)],
            complete: async () => {
                await ctx.fabric.detach(server.id, id);
                server.nics = server.nics.filter(({ networkId }) => networkId !== id);
            },
        };
    });

    actionRoute(
        app,
        ctx,
        kind,
        "change_alias_ips",
        aliasSchema,
        (server, body: InNetwork & { alias_ips: string[] }) => {
            const network = find(body.network);
            const nic = nicIn(server, network);
            const aliasIps = [...new Set(body.alias_ips)];
            checkAliases(ctx, network, aliasIps, nic.aliasIps);
            return {
                command: "change_alias_ips",
                also: [ref("network", network.id)],
                claims: { networkId: network.id, ips: aliasIps },
                complete: () => changeAliases(ctx, server, nic, aliasIps),
            };
        },
    );
}

function nicIn(server: Server, network: Network) {
    const nic = server.nics.find(({ networkId }) => networkId === network.id);
    if (!nic) {
        throw invalidInput({ network: [`server ${server.id} is not attached to network ${network.id}`] });
    }
    return nic;
}

/** The change of another client, for faults: at once, without an action or a check. */
export async function forceAliases(
    ctx: Context,
    serverId: number,
    networkId: number,
    aliasIps: string[],
): Promise<void> {
    const server = ctx.store.servers.get(serverId);
    const nic = server?.nics.find((other) => other.networkId === networkId);
    if (!server || !nic) {
        throw new RangeError(`fault changeAliases: server ${serverId} is not attached to network ${networkId}`);
    }
    await changeAliases(ctx, server, nic, aliasIps);
}
