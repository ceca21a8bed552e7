/** The routes that all kinds of resources share. */

import type { FastifyInstance } from "fastify";
import type { Claim } from "./actions";
import type { Context } from "./context";
import { conflict, isProtected, locked, notFound, notUnique } from "./errors";
import type { ListQuery } from "./listing";
import { listPage, listQuery } from "./listing";
import type { Reference, Resource, ResourceType } from "./model";
import { idParams, labelsSchema, nameSchema, object } from "./validation";
import { actionView } from "./views";

/** The definition of one kind of resource. */
export interface Kind<T extends Resource> {
    type: ResourceType;
    /** Path and key of the list: `servers`. The key of a single one is the type. */
    many: string;
    items: Map<number, T>;
    view: (item: T) => unknown;
    /** Besides id. */
    sortable: string[];
    filters?: Record<string, object>;
    /** Whether an item passes the `filters`. */
    keep?: (item: T, query: ListQuery) => boolean;
    nameSchema?: object;
}

export type IdParams = { id: number };

/** @throws ApiError 404 */
export function get<T extends Resource>({ items, type }: Pick<Kind<T>, "items" | "type">, id: number | string): T {
    const item = items.get(Number(id));
    if (!item) {
        throw notFound(type, id);
    }
    return item;
}

export function ref(type: ResourceType, id: number): Reference {
    return { id, type };
}

/**
 * Refuses while an action holds the resource: 423 for servers, 409 for the rest. Clients retry the two differently.
 * @throws ApiError
 */
export function mustBeFree(ctx: Context, type: ResourceType, id: number): void {
    if (ctx.actions.isLocked({ type, id })) {
        throw type === "server" ? locked(type) : conflict(type);
    }
}

/** @throws ApiError 423 `protected` */
export function mustNotBeProtected(type: ResourceType, { protection }: { protection: { delete: boolean } }): void {
    if (protection.delete) {
        throw isProtected(type);
    }
}

/** @throws ApiError 409 `uniqueness_error` */
export function mustBeUnique<T extends Resource>(kind: Kind<T>, name: string, self?: T): void {
    if ([...kind.items.values()].some((item) => item.name === name && item !== self)) {
        throw notUnique("name", `${kind.type} name is already used`);
    }
}

export function readRoutes<T extends Resource>(app: FastifyInstance, kind: Kind<T>): void {
    const { many, type, items, view, keep } = kind;
    app.get(
        `/${many}`,
        { schema: { querystring: listQuery(["id", ...kind.sortable], kind.filters) } },
        (request, reply) => {
            const query = request.query as ListQuery;
            const kept = [...items.values()].filter((item) => !keep || keep(item, query));
            return listPage(request, reply, many, kept, view);
        },
    );
    app.get<{ Params: IdParams }>(`/${many}/:id`, { schema: { params: idParams } }, (request) => ({
        [type]: view(get(kind, request.params.id)),
    }));
}

/** PUT changes name and labels, and the fields of `update`. */
export function updateRoute<T extends Resource>(
    app: FastifyInstance,
    ctx: Context,
    kind: Kind<T>,
    more: Record<string, object> = {},
    update: (item: T, body: Partial<Resource>) => Promise<void> | void = () => undefined,
): void {
    const body = object({ name: kind.nameSchema ?? nameSchema, labels: labelsSchema, ...more });
    app.put<{ Params: IdParams; Body: Partial<Resource> }>(
        `/${kind.many}/:id`,
        { schema: { params: idParams, body } },
        async (request) => {
            const item = get(kind, request.params.id);
            if (kind.type !== "server") {
                mustBeFree(ctx, kind.type, item.id);
            }
            const { name = item.name, labels = item.labels } = request.body;
            mustBeUnique(kind, name, item);
            Object.assign(item, { name, labels });
            await update(item, request.body);
            return { [kind.type]: kind.view(item) };
        },
    );
}

/** DELETE without an action: 204. */
export function deleteRoute<T extends Resource>(
    app: FastifyInstance,
    ctx: Context,
    kind: Kind<T>,
    before: (item: T) => Promise<void> | void = () => undefined,
): void {
    app.delete<{ Params: IdParams }>(`/${kind.many}/:id`, { schema: { params: idParams } }, async (request, reply) => {
        const item = get(kind, request.params.id);
        mustBeFree(ctx, kind.type, item.id);
        await before(item);
        kind.items.delete(item.id);
        return reply.code(204).send();
    });
}

/** The work of an action route after its request was accepted. */
export interface Prepared {
    command: string;
    /** Resources the action is about, besides the one in the path. */
    also?: Reference[];
    claims?: Claim;
    complete: () => Promise<void> | void;
    failed?: () => void;
    /** More fields of the answer besides the action. */
    answer?: Record<string, unknown>;
}

/** POST /{many}/{id}/actions/{name}: `prepare` checks the request, and the change is made when the action completes. */
export function actionRoute<T extends Resource, B>(
    app: FastifyInstance,
    ctx: Context,
    kind: Pick<Kind<T>, "many" | "type" | "items">,
    name: string,
    body: object,
    prepare: (item: T, body: B) => Prepared,
    /** Whether the action runs beside other actions of the resource. */
    { locks = true } = {},
): void {
    app.post<{ Params: IdParams; Body: B }>(
        `/${kind.many}/:id/actions/${name}`,
        { schema: { params: idParams, body } },
        (request, reply) => {
            const item = get(kind, request.params.id);
            if (locks) {
                mustBeFree(ctx, kind.type, item.id);
            }
            const { also = [], answer, ...spec } = prepare(item, request.body as B);
            const self = ref(kind.type, item.id);
            const { plan } = request.trail;
            const action = ctx.actions.start({ ...spec, resources: [self, ...also], lock: locks ? [self] : [], plan });
            void reply.code(201);
            return { action: actionView(ctx, action), ...answer };
        },
    );
}
