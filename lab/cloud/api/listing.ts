import type { FastifyReply, FastifyRequest } from "fastify";
import { invalidInput } from "./errors";
import { labelSelector } from "./labels";
import { idSchema } from "./validation";

export interface ListQuery {
    page: number;
    per_page: number;
    sort?: string[];
    name?: string;
    label_selector?: string;
    [filter: string]: unknown;
}

/** The query of a list; `filters` are the parameters only this list has. */
export function listQuery(sortable: string[], filters: Record<string, object> = {}) {
    const keys = sortable.flatMap((key) => [key, `${key}:asc`, `${key}:desc`]);
    return {
        type: "object",
        properties: {
            page: { ...idSchema, default: 1 },
            per_page: { type: "integer", minimum: 1, default: 25 },
            name: { type: "string" },
            label_selector: { type: "string" },
            sort: { type: "array", items: keys.length ? { enum: keys } : { type: "string" } },
            ...filters,
        },
    };
}

export type Listed = { id: number; name?: string | null; labels?: Record<string, string> };

/** Filters by name and labels, sorts, and selects one page of the items, which `view` renders. */
export function listPage<T extends Listed>(
    request: FastifyRequest,
    reply: FastifyReply,
    key: string,
    items: Iterable<T>,
    view: (item: T) => unknown,
) {
    const query = request.query as ListQuery;
    const matches = query.label_selector ? labelSelector(query.label_selector) : () => true;
    const found = [...items]
        .filter((item) => !query.name || item.name === query.name)
        .filter((item) => matches(item.labels ?? {}))
        .sort(order(query.sort ?? []));
    const perPage = Math.min(query.per_page, 50);
    const lastPage = Math.max(1, Math.ceil(found.length / perPage));
    const { page } = query;
    const pagination = {
        page,
        per_page: perPage,
        previous_page: page > 1 ? page - 1 : null,
        next_page: page < lastPage ? page + 1 : null,
        last_page: lastPage,
        total_entries: found.length,
    };
    void reply.header("link", links(request, pagination));
    const views = found.slice((page - 1) * perPage, page * perPage).map(view);
    return { [key]: views, meta: { pagination } };
}

function order(sort: string[]) {
    const keys = [...sort, "id"].map((entry) => entry.split(":"));
    return (a: object, b: object): number => {
        for (const [key, direction] of keys) {
            const [left, right] = [a, b].map((item) => (item as Record<string, string | number | null>)[key] ?? "");
            if (left !== right) {
                return (left < right ? -1 : 1) * (direction === "desc" ? -1 : 1);
            }
        }
        return 0;
    };
}

function links(
    request: FastifyRequest,
    pages: { previous_page: number | null; next_page: number | null; last_page: number },
) {
    const target = (page: number | null, rel: string) => {
        const url = new URL(request.url, `${request.protocol}://${request.host}`);
        url.searchParams.set("page", String(page));
        return page === null ? [] : [`<${url.href}>; rel="${rel}"`];
    };
    return [
        ...target(pages.previous_page, "prev"),
        ...target(pages.next_page, "next"),
        ...target(pages.last_page, "last"),
    ].join(", ");
}

/** For required values that a schema cannot express. @throws ApiError `invalid_input` */
export function requireInput<T>(value: T | undefined, name: string): T {
    if (value === undefined) {
        throw invalidInput({ [name]: ["is required"] });
    }
    return value;
}
