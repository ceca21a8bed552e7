import type { FastifyInstance } from "fastify";
import { attachedServers } from "../addresses";
import { deleteRoute, mustBeUnique, mustNotBeProtected, readRoutes, updateRoute } from "../collection";
import type { Context } from "../context";
import { conflict } from "../errors";
import type { Kinds } from "../kinds";
import { newResource } from "../kinds";
import type { Network, Route } from "../model";
import { idSchema, ipSchema, labelsSchema, nameSchema, object, rangeSchema } from "../validation";
import type { SubnetBody } from "./networkRules";
import { checkNetworkRange, checkRoute, newSubnet } from "./networkRules";

export const subnetSchema = object(
    {
        type: { enum: ["cloud", "server", "vswitch"] },
        ip_range: rangeSchema,
        network_zone: { type: "string" },
        vswitch_id: idSchema,
    },
    "type",
    "network_zone",
);
export const routeSchema = object({ destination: rangeSchema, gateway: ipSchema }, "destination", "gateway");

const exposing = { expose_routes_to_vswitch: { type: "boolean" } };
const CREATE = object(
    {
        name: nameSchema,
        ip_range: rangeSchema,
        labels: labelsSchema,
        subnets: { type: "array", items: subnetSchema },
        routes: { type: "array", items: routeSchema },
        ...exposing,
    },
    "name",
    "ip_range",
);

interface CreateNetwork {
    name: string;
    ip_range: string;
    labels?: Record<string, string>;
    subnets?: SubnetBody[];
    routes?: Route[];
    expose_routes_to_vswitch?: boolean;
}

export function networkRoutes(app: FastifyInstance, ctx: Context, { network: kind }: Kinds): void {
    readRoutes(app, kind);
    updateRoute(app, ctx, kind, exposing, (network, body) => {
        network.exposeRoutesToVswitch =
            (body as CreateNetwork).expose_routes_to_vswitch ?? network.exposeRoutesToVswitch;
    });
    deleteRoute(app, ctx, kind, (network) => takeDown(ctx, network));

    app.post<{ Body: CreateNetwork }>("/networks", { schema: { body: CREATE } }, async (request, reply) => {
        const { name, ip_range: ipRange, labels, subnets = [], routes = [] } = request.body;
        mustBeUnique(kind, name);
        checkNetworkRange(ipRange);
        const network: Network = {
            ...newResource(ctx, name, labels),
            ipRange,
            subnets: [],
            routes: [],
            protection: { delete: false },
            exposeRoutesToVswitch: request.body.expose_routes_to_vswitch ?? false,
        };
        for (const subnet of subnets) {
            network.subnets.push(newSubnet(network, subnet));
        }
        for (const route of routes) {
            checkRoute(network, route);
            network.routes.push(route);
        }
        kind.items.set(network.id, network);
        try {
            await ctx.fabric.createNetwork(network.id, ipRange);
            await ctx.fabric.setRoutes(network.id, network.routes);
        } catch (error) {
            kind.items.delete(network.id);
            throw error;
        }
        void reply.code(201);
        return { network: kind.view(network) };
    });
}

/** Detaches everything. @throws ApiError while an attached server is busy, or is about to be attached */
async function takeDown(ctx: Context, network: Network): Promise<void> {
    mustNotBeProtected("network", network);
    const servers = attachedServers(ctx, network.id);
    const busy = servers.some(({ id }) => ctx.actions.isLocked({ type: "server", id }));
    if (busy || ctx.actions.claims(network.id).length > 0) {
        throw conflict("network");
    }
    for (const server of servers) {
        server.nics = server.nics.filter(({ networkId }) => networkId !== network.id);
        await ctx.fabric.detach(server.id, network.id);
    }
    await ctx.fabric.deleteNetwork(network.id);
}
