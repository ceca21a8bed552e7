/** The JSON of each resource, with the computed side of every relation. */

import { attachedServers, gatewayOf } from "./addresses";
import { IMAGES, LOCATIONS, SERVER_TYPES } from "./catalog";
import { has } from "./changes";
import { storedImageView, imageView, locationView, serverTypeView } from "./catalogViews";
import type { Context } from "./context";
import { applied, firewallsOf } from "./firewalling";
import { formatIp } from "./ipv4";
import type { Action, Firewall, FloatingIp, Network, PlacementGroup, PrimaryIp, Server, SshKey } from "./model";

export function actionView(ctx: Context, action: Action) {
    const { id, command, status, started, finished, resources, error } = action;
    return { id, command, status, progress: ctx.actions.progress(action), started, finished, resources, error };
}

function find<T extends { id: number }>(items: T[], id: number): T {
    return items.find((item) => item.id === id)!;
}

export function serverView(ctx: Context, server: Server) {
    const { id, name, status, created, nics, protection, labels } = server;
    const group = server.placementGroupId === null ? undefined : ctx.store.placementGroups.get(server.placementGroupId);
    return {
        id,
        name,
        status,
        created,
        public_net: publicNet(ctx, server),
        private_net: nics.map((nic) => ({
            network: nic.networkId,
            ip: nic.ip,
            alias_ips: nic.aliasIps,
            mac_address: nic.mac,
        })),
        server_type: serverTypeView(ctx, find(SERVER_TYPES, server.serverTypeId)),
        location: locationView(find(LOCATIONS, server.locationId)),
        image: imageOf(ctx, server),
        iso: null,
        rescue_enabled: false,
        locked: ctx.actions.isLocked({ type: "server", id }),
        backup_window: server.backupWindow ?? null,
        outgoing_traffic: 0,
        ingoing_traffic: 0,
        included_traffic: 20 * 1024 ** 4,
        protection,
        labels,
        volumes: [],
        load_balancers: [],
        primary_disk_size: server.primaryDiskSize,
        placement_group: group ? placementGroupView(ctx, group) : null,
    };
}

/** Null for a server made from a backup or snapshot that is gone. */
function imageOf(ctx: Context, { imageId, storedImageId }: Server) {
    const base = find(IMAGES, imageId);
    const stored = storedImageId ? ctx.store.images.get(storedImageId) : undefined;
    return stored ? storedImageView(ctx, stored, base) : storedImageId ? null : imageView(ctx, base);
}

/** The server's own public addresses. */
export function primaryIpOf(ctx: Context, serverId: number, type: "ipv4" | "ipv6"): PrimaryIp | undefined {
    return [...ctx.store.primaryIps.values()].find((ip) => ip.serverId === serverId && ip.type === type);
}

function publicNet(ctx: Context, server: Server) {
    const v4 = primaryIpOf(ctx, server.id, "ipv4");
    const v6 = primaryIpOf(ctx, server.id, "ipv6");
    const floating = [...ctx.store.floatingIps.values()].filter((ip) => ip.serverId === server.id);
    return {
        ipv4: v4 ? { id: v4.id, ip: v4.ip, blocked: false, dns_ptr: v4.dnsPtr[0]?.dns_ptr ?? "" } : null,
        ipv6: v6 ? { id: v6.id, ip: v6.ip, blocked: false, dns_ptr: v6.dnsPtr } : null,
        floating_ips: floating.map(({ id }) => id),
        firewalls: firewallsOf(ctx, server).map(({ id }) => ({ id, status: "applied" })),
    };
}

export function networkView(ctx: Context, network: Network) {
    const { id, name, created, ipRange, routes, protection, labels } = network;
    const gateway = formatIp(gatewayOf(network));
    return {
        id,
        name,
        created,
        ip_range: ipRange,
        subnets: network.subnets.map(({ type, ipRange, networkZone, vswitchId }) => ({
            type,
            ip_range: ipRange,
            network_zone: networkZone,
            gateway,
            vswitch_id: vswitchId,
        })),
        routes,
        servers: attachedServers(ctx, id).map((server) => server.id),
        load_balancers: [],
        protection,
        labels,
        expose_routes_to_vswitch: network.exposeRoutesToVswitch,
    };
}

export function sshKeyView({ id, name, fingerprint, publicKey, labels, created }: SshKey) {
    return { id, name, fingerprint, public_key: publicKey, labels, created };
}

export function placementGroupView(ctx: Context, { id, name, labels, created, type }: PlacementGroup) {
    const members = [...ctx.store.servers.values()].filter((server) => server.placementGroupId === id);
    return { id, name, labels, created, servers: members.map((server) => server.id), type };
}

export function firewallView(ctx: Context, firewall: Firewall) {
    const { id, name, labels, created, rules, appliedTo } = firewall;
    return {
        id,
        name,
        labels,
        created,
        rules: rules.map(({ description, direction, protocol, port, sourceIps, destinationIps }) => ({
            description,
            direction,
            source_ips: sourceIps,
            destination_ips: destinationIps,
            protocol,
            port,
        })),
        applied_to: appliedTo.map((target) =>
            target.type === "server"
                ? { type: "server", server: { id: target.id } }
                : {
                      type: "label_selector",
                      label_selector: { selector: target.selector },
                      applied_to_resources: applied(ctx, target).map((server) => ({
                          type: "server",
                          server: { id: server.id },
                      })),
                  },
        ),
    };
}

export function floatingIpView(ip: FloatingIp) {
    const { id, name, description, created, type, serverId, locationId, protection, labels, dnsPtr } = ip;
    return {
        id,
        name,
        description,
        created,
        ip: ip.ip,
        type,
        server: serverId,
        dns_ptr: dnsPtr,
        home_location: locationView(find(LOCATIONS, locationId)),
        blocked: false,
        protection,
        labels,
    };
}

export function primaryIpView(ctx: Context, ip: PrimaryIp) {
    const { id, name, created, type, serverId, locationId, protection, labels, dnsPtr, autoDelete } = ip;
    return {
        id,
        ip: ip.ip,
        name,
        type,
        labels,
        protection,
        dns_ptr: dnsPtr,
        assignee_id: serverId,
        assignee_type: serverId === null && has(ctx.settings, "unassignedPrimaryIps") ? "unassigned" : "server",
        auto_delete: autoDelete,
        blocked: false,
        created,
        location: locationView(find(LOCATIONS, locationId)),
    };
}
