/** Checks of an order: server type, location, image, keys, addresses. */

import { byIdOrName, IMAGES, LOCATIONS, SERVER_TYPES } from "../catalog";
import type { Image, Location, ServerType } from "../catalog";
import { isAvailable } from "../catalogViews";
import { has, today } from "../changes";
import { get } from "../collection";
import type { Context } from "../context";
import { ApiError, invalidInput, notFound, unprocessable } from "../errors";
import type { Kinds } from "../kinds";
import type { Firewall, Network, PlacementGroup, PrimaryIp, SshKey } from "../model";
import { hostnameSchema, idOrNameSchema, idSchema, labelsSchema, object } from "../validation";
import { baseOf } from "./images";
import { mustHaveRoom } from "./placementGroups";

const MAX_USER_DATA_BYTES = 32 * 1024;
const MAX_NETWORKS = 3;
const MAX_FIREWALLS = 5;
/** Deprecated images can be used for three more months. */
const IMAGE_GRACE_MS = 90 * 24 * 3_600_000;

export interface CreateServer {
    name: string;
    server_type: string | number;
    image: string | number;
    location?: string | number;
    ssh_keys?: (string | number)[];
    user_data?: string;
    networks?: number[];
    placement_group?: number;
    firewalls?: { firewall: number }[];
    labels?: Record<string, string>;
    start_after_create?: boolean;
    public_net?: { enable_ipv4?: boolean; enable_ipv6?: boolean; ipv4?: number | null; ipv6?: number | null };
}

const optionalId = { type: ["integer", "null"] };
export const CREATE_SERVER = object(
    {
        name: hostnameSchema,
        server_type: idOrNameSchema,
        image: idOrNameSchema,
        location: idOrNameSchema,
        ssh_keys: { type: "array", items: idOrNameSchema },
        user_data: { type: "string" },
        networks: { type: "array", items: idSchema, maxItems: MAX_NETWORKS },
        placement_group: idSchema,
        firewalls: { type: "array", items: object({ firewall: idSchema }, "firewall"), maxItems: MAX_FIREWALLS },
        labels: labelsSchema,
        start_after_create: { type: "boolean" },
        automount: { type: "boolean" },
        volumes: { type: "array", maxItems: 0 },
        public_net: object({
            enable_ipv4: { type: "boolean" },
            enable_ipv6: { type: "boolean" },
            ipv4: optionalId,
            ipv6: optionalId,
        }),
    },
    "name",
    "server_type",
    "image",
);

export interface Order {
    type: ServerType;
    image: Image;
    /** The backup or snapshot that it is made from. */
    storedImageId: number | null;
    location: Location;
    keys: SshKey[];
    networks: Network[];
    group: PlacementGroup | undefined;
    firewalls: Firewall[];
    /** The primary IP of the server's public interface: an existing one, a new one, or none. */
    ipv4: PrimaryIp | "new" | null;
    ipv6: PrimaryIp | "new" | null;
    start: boolean;
}

/** @throws ApiError for everything that cannot be ordered */
export function checkOrder(ctx: Context, kinds: Kinds, body: CreateServer): Order {
    const type = findType(body.server_type);
    const location = findLocation(ctx, type, body.location);
    checkUserData(body.user_data);
    const group = body.placement_group === undefined ? undefined : get(kinds.placementGroup, body.placement_group);
    if (group) {
        mustHaveRoom(ctx, group);
    }
    const { public_net = {}, networks = [], start_after_create: start = true } = body;
    const order = {
        type,
        ...findImage(ctx, type, body.image, "new server"),
        location,
        keys: (body.ssh_keys ?? []).map((wanted) => findKey(kinds, wanted)),
        networks: networks.map((id) => get(kinds.network, id)),
        group,
        firewalls: (body.firewalls ?? []).map(({ firewall }) => get(kinds.firewall, firewall)),
        ipv4: publicIp(kinds, "ipv4", location, public_net.enable_ipv4, public_net.ipv4),
        ipv6: publicIp(kinds, "ipv6", location, public_net.enable_ipv6, public_net.ipv6),
        start,
    };
    const isPrivate = !order.ipv4 && !order.ipv6;
    if (isPrivate && networks.length === 0 && start) {
        throw invalidInput({ public_net: ["a server without any network cannot be started"] });
    }
    if (isPrivate && order.firewalls.length > 0) {
        throw unprocessable("private_net_only_server", "a server without public interface cannot have a firewall");
    }
    return order;
}

export function checkUserData(userData = ""): void {
    if (Buffer.byteLength(userData) > MAX_USER_DATA_BYTES) {
        throw invalidInput({ user_data: ["is longer than 32 KiB"] });
    }
}

export function findType(wanted: string | number): ServerType {
    const [type] = byIdOrName(SERVER_TYPES, wanted);
    if (!type) {
        throw notFound("server_type", wanted);
    }
    return type;
}

function findLocation(ctx: Context, type: ServerType, wanted: string | number = type.locations[0]): Location {
    const [location] = byIdOrName(LOCATIONS, wanted);
    if (!location) {
        throw notFound("location", wanted);
    }
    if (!type.locations.includes(location.name)) {
        throw invalidInput({ location: [`unsupported location for server type ${type.name}: ${location.name}`] });
    }
    mustBeAvailable(ctx, type, location.name);
    return location;
}

/** @throws ApiError 412 for a type that is sold out or withdrawn there */
export function mustBeAvailable(ctx: Context, type: ServerType, location: string): void {
    if (!isAvailable(ctx, type, location)) {
        throw new ApiError(412, "resource_unavailable", `server type ${type.name} is unavailable in ${location}`);
    }
}

export function findImage(
    ctx: Context,
    type: Pick<ServerType, "architecture">,
    wanted: string | number,
    use: "new server" | "rebuild",
): Pick<Order, "image" | "storedImageId"> {
    const stored = ctx.store.images.get(Number(wanted));
    const found = stored ? [baseOf(stored)] : byIdOrName(IMAGES, wanted);
    if (found.length === 0) {
        throw notFound("image", wanted);
    }
    const image = found.find(({ architecture }) => architecture === type.architecture);
    if (!image) {
        throw invalidInput({ image: [`has not the server type's architecture, ${type.architecture}`] });
    }
    const tooOld = image.deprecated && Date.parse(image.deprecated) + IMAGE_GRACE_MS < Date.parse(today(ctx.settings));
    const withdrawn = use === "new server" && image.withdrawnBy && has(ctx.settings, image.withdrawnBy);
    if (tooOld || withdrawn) {
        throw invalidInput({ image: [`${image.name} is deprecated and cannot be used any more`] });
    }
    return { image, storedImageId: stored?.id ?? null };
}

function findKey(kinds: Kinds, wanted: string | number): SshKey {
    const [key] = byIdOrName(kinds.sshKey.items.values(), wanted);
    if (!key) {
        throw notFound("ssh_key", wanted);
    }
    return key;
}

function publicIp(
    kinds: Kinds,
    type: "ipv4" | "ipv6",
    location: Location,
    enable = true,
    id: number | null = null,
): PrimaryIp | "new" | null {
    if (!enable || id === null) {
        return enable ? "new" : null;
    }
    const ip = get(kinds.primaryIp, id);
    if (ip.type !== type) {
        throw new ApiError(412, "primary_ip_version_mismatch", `primary IP ${id} is not of type ${type}`);
    }
    if (ip.serverId !== null) {
        throw unprocessable("primary_ip_assigned", `primary IP ${id} is assigned to server ${ip.serverId}`);
    }
    if (ip.locationId !== location.id) {
        throw unprocessable("primary_ip_datacenter_mismatch", `primary IP ${id} is not in ${location.name}`);
    }
    return ip;
}
