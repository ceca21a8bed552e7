import type { FastifyInstance } from "fastify";
import {
    actionRoute,
    deleteRoute,
    get,
    mustBeUnique,
    mustNotBeProtected,
    readRoutes,
    ref,
    updateRoute,
} from "../collection";
import type { Context } from "../context";
import { invalidInput, unprocessable } from "../errors";
import type { Kinds } from "../kinds";
import { newResource } from "../kinds";
import type { FloatingIp } from "../model";
import { locationId, newPublicIp, publicIpActions } from "../publicIps";
import { idOrNameSchema, idSchema, labelsSchema, nameSchema, object } from "../validation";
import { actionView } from "../views";

interface CreateFloatingIp {
    type: "ipv4" | "ipv6";
    name?: string;
    description?: string | null;
    server?: number | null;
    home_location?: string | number;
    labels?: Record<string, string>;
}

const description = { type: ["string", "null"] };
const server = { anyOf: [idSchema, { type: "null" }] };
const CREATE = object(
    {
        type: { enum: ["ipv4", "ipv6"] },
        name: nameSchema,
        description,
        server,
        home_location: idOrNameSchema,
        labels: labelsSchema,
    },
    "type",
);

export function floatingIpRoutes(
    app: FastifyInstance,
    ctx: Context,
    { floatingIp: kind, server: servers }: Kinds,
): void {
    readRoutes(app, kind);
    publicIpActions(app, ctx, kind);
    updateRoute(app, ctx, kind, { description }, (ip, body) => {
        ip.description = (body as CreateFloatingIp).description ?? ip.description;
    });
    deleteRoute(app, ctx, kind, (ip) => {
        mustNotBeProtected("floating_ip", ip);
        if (ip.serverId !== null) {
            throw unprocessable("must_be_unassigned", "the floating IP is still assigned");
        }
    });

    app.post<{ Body: CreateFloatingIp }>("/floating_ips", { schema: { body: CREATE } }, (request, reply) => {
        const { type, name, home_location, labels } = request.body;
        const target = request.body.server ? get(servers, request.body.server) : null;
        if (!target && home_location === undefined) {
            throw invalidInput({ home_location: ["is required without server"] });
        }
        mustBeUnique(kind, name ?? "");
        const home = target ? target.locationId : locationId(home_location!);
        const resource = newResource(ctx, name ?? "", labels);
        const ip: FloatingIp = {
            ...resource,
            ...newPublicIp(ctx, type, home),
            name: name ?? `floating-ip-${resource.id}`,
            description: request.body.description ?? "",
        };
        kind.items.set(ip.id, ip);
        void reply.code(201);
        if (!target) {
            return { floating_ip: kind.view(ip) };
        }
        const self = ref("floating_ip", ip.id);
        const action = ctx.actions.start({
            command: "assign_floating_ip",
            resources: [self, ref("server", target.id)],
            lock: [self],
            plan: request.trail.plan,
            complete: () => move(ctx, ip, target.id),
        });
        return { floating_ip: kind.view(ip), action: actionView(ctx, action) };
    });

    const toServer = object({ server: idSchema }, "server");
    actionRoute(app, ctx, kind, "assign", toServer, (ip, body: { server: number }) => {
        const { id } = get(servers, body.server);
        return { command: "assign_floating_ip", also: [ref("server", id)], complete: () => move(ctx, ip, id) };
    });
    actionRoute(app, ctx, kind, "unassign", { type: "object" }, (ip) => ({
        command: "unassign_floating_ip",
        complete: () => move(ctx, ip, null),
    }));
}

/** In one step, also from another server: `floating_ip_assigned` is documented, but the API does not return it. */
async function move(ctx: Context, ip: FloatingIp, to: number | null): Promise<void> {
    if (ip.serverId !== null && ctx.store.servers.has(ip.serverId)) {
        await ctx.fabric.removePublicIp(ip.serverId, ip.ip);
    }
    ip.serverId = null;
    if (to !== null && ctx.store.servers.has(to)) {
        await ctx.fabric.addPublicIp(to, ip.ip);
        ip.serverId = to;
    }
}
