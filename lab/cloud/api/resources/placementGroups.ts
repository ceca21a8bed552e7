import type { FastifyInstance } from "fastify";
import { deleteRoute, mustBeUnique, readRoutes, updateRoute } from "../collection";
import type { Context } from "../context";
import { limitExceeded, unprocessable } from "../errors";
import type { Kinds } from "../kinds";
import { newResource } from "../kinds";
import type { PlacementGroup } from "../model";
import { labelsSchema, nameSchema, object } from "../validation";

const MAX_GROUPS = 50;
const MAX_SERVERS = 10;

interface CreateGroup {
    name: string;
    type: "spread";
    labels?: Record<string, string>;
}

const SCHEMA = object({ name: nameSchema, type: { enum: ["spread"] }, labels: labelsSchema }, "name", "type");

export function placementGroupRoutes(app: FastifyInstance, ctx: Context, { placementGroup: kind }: Kinds): void {
    readRoutes(app, kind);
    updateRoute(app, ctx, kind);
    deleteRoute(app, ctx, kind, (group) => {
        for (const server of ctx.store.servers.values()) {
            server.placementGroupId = server.placementGroupId === group.id ? null : server.placementGroupId;
        }
    });

    app.post<{ Body: CreateGroup }>("/placement_groups", { schema: { body: SCHEMA } }, (request, reply) => {
        const { name, type, labels } = request.body;
        mustBeUnique(kind, name);
        if (kind.items.size >= MAX_GROUPS) {
            throw limitExceeded("placement_group_limit", `a project has at most ${MAX_GROUPS} placement groups`);
        }
        const group = { ...newResource(ctx, name, labels), type };
        kind.items.set(group.id, group);
        void reply.code(201);
        return { placement_group: kind.view(group), action: null };
    });
}

/** @throws ApiError 422 `placement_error` if each host of the group has its server already */
export function mustHaveRoom(ctx: Context, group: PlacementGroup): void {
    const members = [...ctx.store.servers.values()].filter(({ placementGroupId }) => placementGroupId === group.id);
    if (members.length >= MAX_SERVERS) {
        throw unprocessable("placement_error", `placement group ${group.name} has ${MAX_SERVERS} servers already`);
    }
}
