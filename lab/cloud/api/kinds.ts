import type { Kind } from "./collection";
import type { Context } from "./context";
import type {
    Firewall,
    FloatingIp,
    Network,
    PlacementGroup,
    PrimaryIp,
    Resource,
    Server,
    SshKey,
    StoredImage,
} from "./model";
import { timestamp } from "./model";
import { anyImageView } from "./resources/images";
import { covers } from "./publicIps";
import { hostnameSchema } from "./validation";
import {
    firewallView,
    floatingIpView,
    networkView,
    placementGroupView,
    primaryIpView,
    serverView,
    sshKeyView,
} from "./views";

export interface Kinds {
    server: Kind<Server>;
    network: Kind<Network>;
    sshKey: Kind<SshKey>;
    placementGroup: Kind<PlacementGroup>;
    firewall: Kind<Firewall>;
    floatingIp: Kind<FloatingIp>;
    primaryIp: Kind<PrimaryIp>;
    /** Backups and snapshots. */
    image: Kind<StoredImage>;
}

const STATUSES = [
    "running",
    "initializing",
    "starting",
    "stopping",
    "off",
    "deleting",
    "migrating",
    "rebuilding",
    "unknown",
];
const strings = (values: string[]) => ({ type: "array", items: { enum: values } });

/** The kinds of resources of a project, bound to its state. */
export function kindsOf(ctx: Context): Kinds {
    const { store } = ctx;
    const named = ["name", "created"];
    return {
        server: {
            type: "server",
            many: "servers",
            items: store.servers,
            view: (item) => serverView(ctx, item),
            sortable: named,
            filters: { status: strings(STATUSES) },
            keep: (server, { status }) => !status || (status as string[]).includes(server.status),
            nameSchema: hostnameSchema,
        },
        network: {
            type: "network",
            many: "networks",
            items: store.networks,
            view: (item) => networkView(ctx, item),
            sortable: named,
        },
        sshKey: {
            type: "ssh_key",
            many: "ssh_keys",
            items: store.sshKeys,
            view: sshKeyView,
            sortable: ["name"],
            filters: { fingerprint: { type: "string" } },
            keep: (key, { fingerprint }) => !fingerprint || key.fingerprint === fingerprint,
        },
        placementGroup: {
            type: "placement_group",
            many: "placement_groups",
            items: store.placementGroups,
            view: (item) => placementGroupView(ctx, item),
            sortable: named,
            filters: { type: strings(["spread"]) },
        },
        firewall: {
            type: "firewall",
            many: "firewalls",
            items: store.firewalls,
            view: (item) => firewallView(ctx, item),
            sortable: named,
        },
        floatingIp: {
            type: "floating_ip",
            many: "floating_ips",
            items: store.floatingIps,
            view: floatingIpView,
            sortable: ["created"],
        },
        image: {
            type: "image",
            many: "images",
            items: store.images,
            view: (item) => anyImageView(ctx, item),
            sortable: named,
        },
        primaryIp: {
            type: "primary_ip",
            many: "primary_ips",
            items: store.primaryIps,
            view: (item) => primaryIpView(ctx, item),
            sortable: ["created"],
            filters: { ip: { type: "string" } },
            keep: (address, { ip }) => !ip || covers(address, ip as string),
        },
    };
}

/** The fields of a new resource that all kinds share. */
export function newResource(ctx: Context, name: string, labels: Record<string, string> = {}): Resource {
    return { id: ctx.store.nextId(), name, created: timestamp(), labels };
}
