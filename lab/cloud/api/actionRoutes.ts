import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { IdParams, Kind } from "./collection";
import { get } from "./collection";
import type { Context } from "./context";
import { notFound } from "./errors";
import { listPage, listQuery, requireInput } from "./listing";
import type { Action, Resource } from "./model";
import { idParams, idSchema } from "./validation";
import { actionView } from "./views";

const ACTION_SORT = ["id", "command", "status", "started", "finished"];
const ACTION_QUERY = listQuery(ACTION_SORT, {
    id: { type: "array", items: idSchema },
    status: { type: "array", items: { enum: ["running", "success", "error"] } },
});

function listActions(ctx: Context, keep: (action: Action) => boolean) {
    return (request: FastifyRequest, reply: FastifyReply) => {
        const { id, status } = request.query as { id?: number[]; status?: string[] };
        const wanted = [...ctx.store.actions.values()]
            .filter(keep)
            .filter((action) => !id || id.includes(action.id))
            .filter((action) => !status || status.includes(action.status));
        return listPage(request, reply, "actions", wanted, (action) => actionView(ctx, action));
    };
}

function oneAction(ctx: Context, id: number, keep: (action: Action) => boolean) {
    const action = ctx.store.actions.get(id);
    if (!action || !keep(action)) {
        throw notFound("action", id);
    }
    return { action: actionView(ctx, action) };
}

/** GET /actions and /actions/{id}. Listing all actions was removed in 2025, so ids must be given. */
export function projectActionRoutes(app: FastifyInstance, ctx: Context): void {
    app.get("/actions", { schema: { querystring: ACTION_QUERY } }, (request, reply) => {
        requireInput((request.query as { id?: number[] }).id, "id");
        return listActions(ctx, () => true)(request, reply);
    });
    app.get<{ Params: IdParams }>("/actions/:id", { schema: { params: idParams } }, ({ params }) =>
        oneAction(ctx, params.id, () => true),
    );
}

/** GET /servers/actions, /servers/actions/{id}, /servers/{id}/actions, /servers/{id}/actions/{action_id}; the same for other kinds. */
export function resourceActionRoutes<T extends Resource>(app: FastifyInstance, ctx: Context, kind: Kind<T>): void {
    const { many, type } = kind;
    const about = (id?: number) => (action: Action) =>
        action.resources.some((resource) => resource.type === type && (id === undefined || resource.id === id));
    const both = { type: "object", properties: { id: idSchema, action_id: idSchema } };

    app.get(`/${many}/actions`, { schema: { querystring: ACTION_QUERY } }, listActions(ctx, about()));
    app.get<{ Params: IdParams }>(`/${many}/actions/:id`, { schema: { params: idParams } }, ({ params }) =>
        oneAction(ctx, params.id, about()),
    );
    app.get<{ Params: IdParams }>(
        `/${many}/:id/actions`,
        { schema: { params: idParams, querystring: ACTION_QUERY } },
        (request, reply) => listActions(ctx, about(get(kind, request.params.id).id))(request, reply),
    );
    app.get<{ Params: { id: number; action_id: number } }>(
        `/${many}/:id/actions/:action_id`,
        { schema: { params: both } },
        ({ params }) => oneAction(ctx, params.action_id, about(params.id)),
    );
}
