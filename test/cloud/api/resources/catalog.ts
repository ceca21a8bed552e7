import type { FastifyInstance } from "fastify";
import type { Image, ServerType } from "../catalog";
import { IMAGES, LOCATIONS, SERVER_TYPES } from "../catalog";
import { imageView, locationView, pricingView, serverTypeView } from "../catalogViews";
import type { IdParams } from "../collection";
import type { Context } from "../context";
import { notFound } from "../errors";
import type { Listed, ListQuery } from "../listing";
import { listPage, listQuery } from "../listing";
import type { ResourceType } from "../model";
import { idParams } from "../validation";

/** Read-only lists that are the same in every project. */
export function catalogRoutes(app: FastifyInstance, ctx: Context): void {
    offer(app, "location", "locations", LOCATIONS, locationView, listQuery(["id", "name"]));
    const typeView = (type: ServerType) => serverTypeView(ctx, type);
    offer(app, "server_type", "server_types", SERVER_TYPES, typeView, listQuery([]));

    const texts = { type: "array", items: { type: "string" } };
    const imageQuery = listQuery(["id", "name", "created"], {
        type: texts,
        status: texts,
        bound_to: texts,
        architecture: { type: "array", items: { enum: ["x86", "arm"] } },
        include_deprecated: { type: "boolean", default: false },
    });
    const viewImage = (image: Image) => imageView(ctx, image);
    offer(app, "image", "images", IMAGES, viewImage, imageQuery, (image, query) => {
        const among = (key: string, value: string) => !query[key] || (query[key] as string[]).includes(value);
        return (
            among("architecture", image.architecture) &&
            among("type", "system") &&
            among("status", "available") &&
            !query.bound_to &&
            (query.include_deprecated === true || image.deprecated === null)
        );
    });
    app.get("/pricing", () => ({ pricing: pricingView() }));
}

function offer<T extends Listed>(
    app: FastifyInstance,
    type: ResourceType,
    many: string,
    items: T[],
    view: (item: T) => unknown,
    querystring: object,
    keep: (item: T, query: ListQuery) => boolean = () => true,
): void {
    app.get(`/${many}`, { schema: { querystring } }, (request, reply) => {
        const kept = items.filter((item) => keep(item, request.query as ListQuery));
        return listPage(request, reply, many, kept, view);
    });
    app.get<{ Params: IdParams }>(`/${many}/:id`, { schema: { params: idParams } }, ({ params }) => {
        const item = items.find(({ id }) => id === params.id);
        if (!item) {
            throw notFound(type, params.id);
        }
        return { [type]: view(item) };
    });
}
