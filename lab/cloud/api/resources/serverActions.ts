import type { FastifyInstance } from "fastify";
import { byIdOrName, IMAGES, LOCATIONS, SERVER_TYPES } from "../catalog";
import { actionRoute, get, ref } from "../collection";
import type { Prepared } from "../collection";
import type { Context } from "../context";
import { invalidInput, isProtected, unprocessable } from "../errors";
import type { Kinds } from "../kinds";
import type { Server } from "../model";
import type { PointerBody } from "../publicIps";
import { changePointer, pointerSchema } from "../publicIps";
import { idOrNameSchema, idSchema, object } from "../validation";
import { primaryIpOf } from "../views";
import { mustHaveRoom } from "./placementGroups";
import { assemble, settle, startServer, stopServer } from "./power";
import { checkUserData, findImage, findType, mustBeAvailable } from "./serverOrder";

const NOTHING = { type: "object" };

/** The actions of a server except those of its networks: power, type, image, protection, placement. */
export function serverActionRoutes(app: FastifyInstance, ctx: Context, { server: kind, placementGroup }: Kinds): void {
    const { fabric } = ctx;
    const power = (name: string, command: string, prepare: (server: Server) => Prepared["complete"]) =>
        actionRoute(app, ctx, kind, name, NOTHING, (server) => ({
            command,
            complete: prepare(server),
            failed: () => settle(ctx, server),
        }));
    const whileRunning = async (server: Server, act: (id: number) => Promise<void>) => {
        if (fabric.isRunning(server.id)) {
            await act(server.id);
        }
    };

    power("poweron", "start_server", (server) => {
        mustHaveInterface(ctx, server);
        return () => startServer(ctx, server);
    });
    power("poweroff", "stop_server", (server) => () => stopServer(ctx, server));
    power("shutdown", "shutdown_server", (server) => () => whileRunning(server, (id) => fabric.shutdown(id)));
    power("reboot", "reboot_server", (server) => () => whileRunning(server, (id) => fabric.reboot(id)));
    power("reset", "reset_server", (server) => async () => {
        await whileRunning(server, (id) => fabric.reset(id));
        await startServer(ctx, server);
    });

    const protection = object({ delete: { type: "boolean" }, rebuild: { type: "boolean" } });
    actionRoute(app, ctx, kind, "change_protection", protection, (server, body: Partial<Server["protection"]>) => {
        const wanted = { ...server.protection, ...body };
        if (wanted.delete !== wanted.rebuild) {
            throw invalidInput({ rebuild: ["must have the same value as delete"] });
        }
        return {
            command: "change_protection",
            complete: () => void (server.protection = { delete: wanted.delete, rebuild: wanted.rebuild }),
        };
    });

    const typeSchema = object(
        { server_type: idOrNameSchema, upgrade_disk: { type: "boolean" } },
        "server_type",
        "upgrade_disk",
    );
    actionRoute(
        app,
        ctx,
        kind,
        "change_type",
        typeSchema,
        (server, body: { server_type: string; upgrade_disk: boolean }) => {
            mustBeOff(server);
            const type = findType(body.server_type);
            const [current] = byIdOrName(SERVER_TYPES, server.serverTypeId);
            if (type === current || type.architecture !== current.architecture || type.disk < server.primaryDiskSize) {
                throw unprocessable("invalid_server_type", `server type ${type.name} does not fit the server`);
            }
            const { name: location } = byIdOrName(LOCATIONS, server.locationId)[0];
            if (!type.locations.includes(location)) {
                throw unprocessable("invalid_server_type", `server type ${type.name} is not offered in ${location}`);
            }
            mustBeAvailable(ctx, type, location);
            return {
                command: "change_server_type",
                // "copies the content of its disk, and starts it again": the provider leaves it to that
                complete: () => {
                    server.serverTypeId = type.id;
                    server.primaryDiskSize = body.upgrade_disk ? type.disk : server.primaryDiskSize;
                    return startServer(ctx, server);
                },
            };
        },
    );

    const rebuildSchema = object({ image: idOrNameSchema, user_data: { type: "string" } }, "image");
    actionRoute(app, ctx, kind, "rebuild", rebuildSchema, (server, body: { image: string; user_data?: string }) => {
        if (server.protection.rebuild) {
            throw isProtected("server");
        }
        checkUserData(body.user_data);
        const { image, storedImageId } = findImage(ctx, byIdOrName(IMAGES, server.imageId)[0], body.image, "rebuild");
        return {
            command: "rebuild_server",
            complete: () => rebuild(ctx, server, { imageId: image.id, storedImageId }, body.user_data),
            failed: () => settle(ctx, server),
            answer: { root_password: null },
        };
    });

    const point = (server: Server, body: PointerBody): Prepared => {
        const ip = primaryIpOf(ctx, server.id, body.ip.includes(":") ? "ipv6" : "ipv4");
        if (!ip) {
            throw invalidInput({ ip: ["is not an address of the server"] });
        }
        return { command: "change_dns_ptr", complete: changePointer(ip, body) };
    };
    // a change of the addresses, not of the server, so it is allowed while the server is being created
    actionRoute(app, ctx, kind, "change_dns_ptr", pointerSchema, point, { locks: false });

    const groupSchema = object({ placement_group: idSchema }, "placement_group");
    actionRoute(app, ctx, kind, "add_to_placement_group", groupSchema, (server, body: { placement_group: number }) => {
        const group = get(placementGroup, body.placement_group);
        mustBeOff(server);
        if (server.placementGroupId !== null) {
            throw unprocessable("already_in_placement_group", "the server is already part of a placement group");
        }
        mustHaveRoom(ctx, group);
        return {
            command: "add_to_placement_group",
            also: [ref("placement_group", group.id)],
            complete: () => void (server.placementGroupId = group.id),
        };
    });
    actionRoute(app, ctx, kind, "remove_from_placement_group", NOTHING, (server) => {
        if (server.placementGroupId === null) {
            throw unprocessable("not_in_placement_group", "the server is not part of a placement group");
        }
        mustBeOff(server);
        return {
            command: "remove_from_placement_group",
            // from now on it may be on any host, where it starts
            complete: () => {
                server.placementGroupId = null;
                return startServer(ctx, server);
            },
            failed: () => settle(ctx, server),
        };
    });
}

/** @throws ApiError 422 `server_not_stopped` */
export function mustBeOff(server: Server): void {
    if (server.status !== "off") {
        throw unprocessable("server_not_stopped", "the action requires a stopped server");
    }
}

function mustHaveInterface(ctx: Context, server: Server): void {
    const addresses = [primaryIpOf(ctx, server.id, "ipv4"), primaryIpOf(ctx, server.id, "ipv6"), ...server.nics];
    if (!addresses.some(Boolean)) {
        throw unprocessable("invalid_input", "a server without any network cannot be started");
    }
}

/** Creates a new disk. The addresses, and so the interfaces, are kept. A server that was off is started too. */
async function rebuild(
    ctx: Context,
    server: Server,
    image: Pick<Server, "imageId" | "storedImageId">,
    userData = server.userData,
): Promise<void> {
    server.status = "rebuilding";
    await ctx.fabric.deleteServer(server.id);
    Object.assign(server, { ...image, userData });
    await assemble(ctx, server);
    await startServer(ctx, server);
}
