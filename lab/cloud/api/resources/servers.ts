import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { ActionPlan } from "../actions";
import type { IdParams } from "../collection";
import { get, mustBeFree, mustBeUnique, mustNotBeProtected, readRoutes, ref, updateRoute } from "../collection";
import type { Context } from "../context";
import { enforce } from "../firewalling";
import type { Kinds } from "../kinds";
import { newResource } from "../kinds";
import type { Action, Server } from "../model";
import { newPublicIp } from "../publicIps";
import { idParams } from "../validation";
import { actionView } from "../views";
import { newNic } from "./attachment";
import { deleteBackups } from "./images";
import { assemble, settle, startServer } from "./power";
import type { CreateServer, Order } from "./serverOrder";
import { checkOrder, CREATE_SERVER } from "./serverOrder";

export function serverRoutes(app: FastifyInstance, ctx: Context, kinds: Kinds): void {
    const kind = kinds.server;
    readRoutes(app, kind);
    // label selectors of firewalls may start or stop to match
    updateRoute(app, ctx, kind, {}, (server, { labels }) => (labels ? enforce(ctx, server) : undefined));

    app.post<{ Body: CreateServer }>("/servers", { schema: { body: CREATE_SERVER } }, (request, reply) => {
        mustBeUnique(kind, request.body.name);
        const order = checkOrder(ctx, kinds, request.body);
        const server = place(ctx, request.body, order);
        const { action, nextActions } = build(ctx, server, order, request.trail.plan);
        void reply.code(201);
        return {
            server: kind.view(server),
            action: actionView(ctx, action),
            next_actions: nextActions.map((next) => actionView(ctx, next)),
            root_password: order.keys.length > 0 ? null : randomBytes(9).toString("base64url"),
        };
    });

    app.delete<{ Params: IdParams }>("/servers/:id", { schema: { params: idParams } }, (request) => {
        const server = get(kind, request.params.id);
        mustNotBeProtected("server", server);
        mustBeFree(ctx, "server", server.id);
        const self = ref("server", server.id);
        server.status = "deleting";
        const action = ctx.actions.start({
            command: "delete_server",
            resources: [self],
            lock: [self],
            plan: request.trail.plan,
            complete: () => remove(ctx, server),
            failed: () => settle(ctx, server),
        });
        return { action: actionView(ctx, action) };
    });
}

/** Stores the new server with all its addresses, so that no other server can get them. */
function place(ctx: Context, body: CreateServer, order: Order): Server {
    const { type, image, location, networks } = order;
    const server: Server = {
        ...newResource(ctx, body.name, body.labels),
        status: "initializing",
        serverTypeId: type.id,
        imageId: image.id,
        storedImageId: order.storedImageId,
        backupWindow: null,
        locationId: location.id,
        userData: body.user_data ?? "",
        sshKeys: order.keys.map(({ publicKey }) => publicKey),
        nics: [],
        placementGroupId: order.group?.id ?? null,
        protection: { delete: false, rebuild: false },
        primaryDiskSize: type.disk,
    };
    server.nics = networks.map((network) => newNic(ctx, server, network, {}));
    ctx.store.servers.set(server.id, server);
    for (const type of ["ipv4", "ipv6"] as const) {
        givePublicIp(ctx, server, order[type], type);
    }
    order.firewalls.forEach((firewall) => firewall.appliedTo.push({ type: "server", id: server.id }));
    return server;
}

function givePublicIp(ctx: Context, server: Server, ip: Order["ipv4"], type: "ipv4" | "ipv6"): void {
    if (ip === "new") {
        const id = ctx.store.nextId();
        const address = newPublicIp(ctx, type, server.locationId);
        const named = { id, name: `primary_ip-${id}`, created: server.created, labels: {} };
        ctx.store.primaryIps.set(id, { ...named, ...address, serverId: server.id, autoDelete: true });
    } else if (ip) {
        ip.serverId = server.id;
    }
}

/** create_server, followed by start_server unless the server stays off. */
function build(
    ctx: Context,
    server: Server,
    order: Order,
    plan: ActionPlan,
): { action: Action; nextActions: Action[] } {
    const self = ref("server", server.id);
    const common = { resources: [self], lock: [self], plan, failed: () => settle(ctx, server) };
    const action = ctx.actions.start({
        ...common,
        command: "create_server",
        complete: async () => {
            await assemble(ctx, server);
            server.status = "off";
        },
    });
    if (!order.start) {
        return { action, nextActions: [] };
    }
    const start = ctx.actions.start({
        ...common,
        command: "start_server",
        // the request's faults were applied to that action
        plan: plan.ms === undefined ? {} : { ms: plan.ms },
        after: action,
        complete: () => startServer(ctx, server),
    });
    return { action, nextActions: [start] };
}

async function remove(ctx: Context, server: Server): Promise<void> {
    const { servers, floatingIps, primaryIps, firewalls } = ctx.store;
    for (const ip of [...floatingIps.values()].filter(({ serverId }) => serverId === server.id)) {
        await ctx.fabric.removePublicIp(server.id, ip.ip);
        ip.serverId = null;
    }
    await ctx.fabric.deleteServer(server.id);
    servers.delete(server.id);
    deleteBackups(ctx, server);
    for (const ip of [...primaryIps.values()].filter(({ serverId }) => serverId === server.id)) {
        ip.serverId = null;
        if (ip.autoDelete) {
            primaryIps.delete(ip.id);
        }
    }
    for (const firewall of firewalls.values()) {
        firewall.appliedTo = firewall.appliedTo.filter((target) => target.type !== "server" || target.id !== server.id);
    }
}
