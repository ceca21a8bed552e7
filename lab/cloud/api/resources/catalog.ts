import type { FastifyInstance } from "fastify";
import type { ServerType } from "../catalog";
import { LOCATIONS, SERVER_TYPES } from "../catalog";
import { locationView, pricingView, serverTypeView } from "../catalogViews";
import type { IdParams } from "../collection";
import type { Context } from "../context";
import { notFound } from "../errors";
import type { Listed } from "../listing";
import { listPage, listQuery } from "../listing";
import type { ResourceType } from "../model";
import { idParams } from "../validation";

/** Read-only lists that are the same in every project. */
export function catalogRoutes(app: FastifyInstance, ctx: Context): void {
    offer(app, "location", "locations", LOCATIONS, locationView, listQuery(["id", "name"]));
    const typeView = (type: ServerType) => serverTypeView(ctx, type);
    offer(app, "server_type", "server_types", SERVER_TYPES, typeView, listQuery([]));
    app.get("/pricing", () => ({ pricing: pricingView() }));
}

function offer<T extends Listed>(
    app: FastifyInstance,
    type: ResourceType,
    many: string,
    items: T[],
    view: (item: T) => unknown,
    querystring: object,
): void {
    app.get(`/${many}`, { schema: { querystring } }, (request, reply) => {
        return listPage(request, reply, many, items, view);
    });
    app.get<{ Params: IdParams }>(`/${many}/:id`, { schema: { params: idParams } }, ({ params }) => {
        const item = items.find(({ id }) => id === params.id);
        if (!item) {
            throw notFound(type, params.id);
        }
        return { [type]: view(item) };
    });
}
