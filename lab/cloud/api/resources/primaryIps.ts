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
import type { PrimaryIp, Server } from "../model";
import { locationId, newPublicIp, publicIpActions } from "../publicIps";
import { requireInput } from "../listing";
import { idOrNameSchema, idSchema, labelsSchema, nameSchema, object } from "../validation";
import { actionView, primaryIpOf } from "../views";
import { mustBeOff } from "./serverActions";

interface CreatePrimaryIp {
    type: "ipv4" | "ipv6";
    name: string;
    assignee_type?: "server";
    assignee_id?: number | null;
    location?: string | number;
    auto_delete?: boolean;
    labels?: Record<string, string>;
}

const assignee_type = { enum: ["server"] };
const assignee_id = { anyOf: [idSchema, { type: "null" }] };
const auto_delete = { type: "boolean" };
const CREATE = object(
    {
        type: { enum: ["ipv4", "ipv6"] },
        name: nameSchema,
        assignee_type,
        assignee_id,
        location: idOrNameSchema,
        auto_delete,
        labels: labelsSchema,
    },
    "type",
    "name",
);

export function primaryIpRoutes(app: FastifyInstance, ctx: Context, { primaryIp: kind, server: servers }: Kinds): void {
    readRoutes(app, kind);
    publicIpActions(app, ctx, kind);
    updateRoute(app, ctx, kind, { auto_delete }, (ip, body) => {
        ip.autoDelete = (body as CreatePrimaryIp).auto_delete ?? ip.autoDelete;
    });
    deleteRoute(app, ctx, kind, (ip) => {
        mustNotBeProtected("primary_ip", ip);
        if (ip.serverId !== null) {
            throw unprocessable("must_be_unassigned", "the primary IP is still assigned");
        }
    });

    app.post<{ Body: CreatePrimaryIp }>("/primary_ips", { schema: { body: CREATE } }, (request, reply) => {
        const { type, name, assignee_id, location, auto_delete: autoDelete = false, labels } = request.body;
        mustBeUnique(kind, name);
        const server = assignee_id ? get(servers, assignee_id) : null;
        if (!server && location === undefined) {
            throw invalidInput({ location: ["is required without assignee_id"] });
        }
        if (server) {
            // optional without an assignee since summer 2026; older clients always send it
            requireInput(request.body.assignee_type, "assignee_type");
            mustTake(ctx, server, type);
        }
        const address = newPublicIp(ctx, type, server ? server.locationId : locationId(location!));
        const ip: PrimaryIp = { ...newResource(ctx, name, labels), ...address, autoDelete };
        kind.items.set(ip.id, ip);
        void reply.code(201);
        if (!server) {
            return { primary_ip: kind.view(ip) };
        }
        const self = ref("primary_ip", ip.id);
        const target = ref("server", server.id);
        const action = ctx.actions.start({
            command: "assign_primary_ip",
            resources: [self, target],
            lock: [self, target],
            plan: request.trail.plan,
            complete: () => give(ctx, ip, server, server.id),
        });
        return { primary_ip: kind.view(ip), action: actionView(ctx, action) };
    });

    const assignSchema = object({ assignee_type, assignee_id: idSchema }, "assignee_type", "assignee_id");
    actionRoute(app, ctx, kind, "assign", assignSchema, (ip, body: { assignee_id: number }) => {
        const server = get(servers, body.assignee_id);
        if (ip.serverId !== null) {
            throw unprocessable("primary_ip_already_assigned", "the primary IP is already assigned");
        }
        mustTake(ctx, server, ip.type);
        return {
            command: "assign_primary_ip",
            also: [ref("server", server.id)],
            complete: () => give(ctx, ip, server, server.id),
        };
    });
    actionRoute(app, ctx, kind, "unassign", { type: "object" }, (ip) => {
        const server = ip.serverId === null ? undefined : servers.items.get(ip.serverId);
        if (!server) {
            throw unprocessable("invalid_input", "the primary IP is not assigned");
        }
        mustBeOff(server);
        return {
            command: "unassign_primary_ip",
            also: [ref("server", server.id)],
            complete: () => give(ctx, ip, server, null),
        };
    });
}

/** @throws ApiError 422 `server_not_stopped`, `server_has_ipv4`, `server_has_ipv6` */
function mustTake(ctx: Context, server: Server, type: PrimaryIp["type"]): void {
    mustBeOff(server);
    if (primaryIpOf(ctx, server.id, type)) {
        throw unprocessable(`server_has_${type}`, `the server already has an ${type} address`);
    }
}

/** Changes the fabric first, so that a failed change is not stored. @param owner null unassigns the address */
async function give(ctx: Context, ip: PrimaryIp, server: Server, owner: number | null): Promise<void> {
    const addressOf = (type: PrimaryIp["type"]) =>
        ip.type === type ? (owner === null ? null : ip.ip) : (primaryIpOf(ctx, server.id, type)?.ip ?? null);
    await ctx.fabric.setPrimaryIps(server.id, addressOf("ipv4"), addressOf("ipv6"));
    ip.serverId = owner;
}
