import type { FastifyInstance } from "fastify";
import type { Image } from "../catalog";
import { byIdOrName, IMAGES } from "../catalog";
import { imageView, storedImageView } from "../catalogViews";
import type { IdParams } from "../collection";
import { actionRoute, deleteRoute, get, mustNotBeProtected, ref } from "../collection";
import type { Context } from "../context";
import { notFound, unprocessable } from "../errors";
import type { Kinds } from "../kinds";
import { newResource } from "../kinds";
import type { ListQuery } from "../listing";
import { listPage, listQuery } from "../listing";
import type { Server, StoredImage } from "../model";
import { idParams, labelsSchema, object } from "../validation";

/** The number of backups that a server keeps. One more replaces the oldest. */
const BACKUP_SLOTS = 7;
const BACKUP_WINDOW = "22-02";

type AnyImage = Image | StoredImage;

function isStored(image: AnyImage): image is StoredImage {
    return "baseImageId" in image;
}

/** The system image of a server's new disk. The content of a backup's disk is not stored. */
export function baseOf(image: AnyImage): Image {
    return isStored(image) ? byIdOrName(IMAGES, image.baseImageId)[0] : image;
}

export function anyImageView(ctx: Context, image: AnyImage) {
    return isStored(image) ? storedImageView(ctx, image, baseOf(image)) : imageView(ctx, image);
}

/** Hetzner's own images, and the backups and snapshots of the project. */
export function imageRoutes(app: FastifyInstance, ctx: Context, kinds: Kinds): void {
    const kind = kinds.image;
    const view = (image: AnyImage) => anyImageView(ctx, image);
    const texts = { type: "array", items: { type: "string" } };
    const querystring = listQuery(["id", "name", "created"], {
        type: texts,
        status: texts,
        bound_to: texts,
        architecture: { type: "array", items: { enum: ["x86", "arm"] } },
        include_deprecated: { type: "boolean", default: false },
    });
    app.get("/images", { schema: { querystring } }, (request, reply) => {
        const all: AnyImage[] = [...IMAGES, ...ctx.store.images.values()];
        const kept = all.filter((image) => isWanted(image, request.query as ListQuery));
        return listPage(request, reply, "images", kept, view);
    });
    app.get<{ Params: IdParams }>("/images/:id", { schema: { params: idParams } }, ({ params: { id } }) => {
        const image = ctx.store.images.get(id) ?? IMAGES.find((own) => own.id === id);
        if (!image) {
            throw notFound("image", id);
        }
        return { image: view(image) };
    });

    const changes = object({ description: { type: "string" }, type: { enum: ["snapshot"] }, labels: labelsSchema });
    app.put<{ Params: IdParams; Body: Partial<Pick<StoredImage, "description" | "type" | "labels">> }>(
        "/images/:id",
        { schema: { params: idParams, body: changes } },
        ({ params, body: { description, type, labels } }) => {
            const image = get(kind, params.id);
            image.description = description ?? image.description;
            image.labels = labels ?? image.labels;
            if (type === "snapshot") {
                Object.assign(image, { type, boundTo: null });
            }
            return { image: view(image) };
        },
    );
    deleteRoute(app, ctx, kind, (image) => mustNotBeProtected("image", image));
    const protection = object({ delete: { type: "boolean" } });
    actionRoute(app, ctx, kind, "change_protection", protection, (image, body: { delete?: boolean }) => ({
        command: "change_protection",
        complete: () => void (image.protection = { delete: body.delete ?? image.protection.delete }),
    }));
    backupActions(app, ctx, kinds);
}

function isWanted(image: AnyImage, query: ListQuery): boolean {
    const among = (key: string, value: string) => !query[key] || (query[key] as string[]).includes(value);
    return (
        among("architecture", baseOf(image).architecture) &&
        among("type", isStored(image) ? image.type : "system") &&
        among("status", isStored(image) ? image.status : "available") &&
        among("bound_to", isStored(image) ? String(image.boundTo) : "") &&
        (query.include_deprecated === true || isStored(image) || image.deprecated === null)
    );
}

/** enable_backup, disable_backup, create_image. */
function backupActions(app: FastifyInstance, ctx: Context, { server: kind }: Kinds): void {
    const nothing = { type: "object" };
    actionRoute(app, ctx, kind, "enable_backup", nothing, (server) => ({
        command: "enable_backup",
        complete: () => void (server.backupWindow = BACKUP_WINDOW),
    }));
    actionRoute(app, ctx, kind, "disable_backup", nothing, (server) => ({
        command: "disable_backup",
        complete: () => {
            server.backupWindow = null;
            deleteBackups(ctx, server);
        },
    }));

    const body = object({
        description: { type: "string" },
        type: { enum: ["snapshot", "backup"] },
        labels: labelsSchema,
    });
    type Wish = Partial<Pick<StoredImage, "description" | "type" | "labels">>;
    actionRoute(app, ctx, kind, "create_image", body, (server, { type = "snapshot", description, labels }: Wish) => {
        if (type === "backup" && !server.backupWindow) {
            throw unprocessable("service_error", "backups are not enabled for the server");
        }
        const image: StoredImage = {
            ...newResource(ctx, "", labels),
            type,
            status: "creating",
            description: description ?? `${type} of ${server.name}`,
            baseImageId: server.imageId,
            createdFrom: { id: server.id, name: server.name },
            boundTo: type === "backup" ? server.id : null,
            diskSize: server.primaryDiskSize,
            protection: { delete: false },
        };
        ctx.store.images.set(image.id, image);
        return {
            command: "create_image",
            also: [ref("image", image.id)],
            complete: () => {
                image.status = "available";
                backupsOf(ctx, server)
                    .slice(0, -BACKUP_SLOTS)
                    .forEach(({ id }) => ctx.store.images.delete(id));
            },
            failed: () => void ctx.store.images.delete(image.id),
            answer: { image: anyImageView(ctx, image) },
        };
    });
}

/** The oldest first. */
function backupsOf(ctx: Context, server: Server): StoredImage[] {
    return [...ctx.store.images.values()].filter(({ type, boundTo }) => type === "backup" && boundTo === server.id);
}

/** Deletes the backups, with the server's backup option or with the server. */
export function deleteBackups(ctx: Context, server: Server): void {
    backupsOf(ctx, server).forEach(({ id }) => ctx.store.images.delete(id));
}
