/**
 * The stored state of the API. Each relation is stored on one side only (a server has its networks and its placement
 * group, an address has its server). The other side is computed, so the two cannot disagree.
 */

import type { FirewallRule } from "../fabric/types";

export type ResourceType =
    | "server"
    | "network"
    | "ssh_key"
    | "placement_group"
    | "firewall"
    | "floating_ip"
    | "primary_ip"
    | "image"
    | "location"
    | "server_type";

export interface Reference {
    id: number;
    type: ResourceType;
}

/** The fields of every resource of a project. */
export interface Resource {
    id: number;
    name: string;
    created: string;
    labels: Record<string, string>;
}

export type ServerStatus = "initializing" | "starting" | "running" | "stopping" | "off" | "deleting" | "rebuilding";

export interface Nic {
    networkId: number;
    ip: string;
    aliasIps: string[];
    mac: string;
}

export interface Server extends Resource {
    status: ServerStatus;
    serverTypeId: number;
    imageId: number;
    locationId: number;
    userData: string;
    /** Public keys, as they were when the server was created. */
    sshKeys: string[];
    nics: Nic[];
    placementGroupId: number | null;
    protection: { delete: boolean; rebuild: boolean };
    /** GB. */
    primaryDiskSize: number;
    /** `22-02` while the server is backed up daily; else null, or missing in the state of an older cloud. */
    backupWindow?: string | null;
    /** The backup or snapshot that the disk was made from. */
    storedImageId?: number | null;
}

/** A backup or a snapshot of a server. */
export interface StoredImage extends Resource {
    type: "backup" | "snapshot";
    status: "creating" | "available";
    description: string;
    /** The system image that the server had. */
    baseImageId: number;
    createdFrom: { id: number; name: string };
    /** A backup goes with its server. */
    boundTo: number | null;
    /** GB. */
    diskSize: number;
    protection: { delete: boolean };
}

export interface Subnet {
    type: "cloud" | "server" | "vswitch";
    ipRange: string;
    networkZone: string;
    vswitchId: number | null;
}

export interface Route {
    destination: string;
    gateway: string;
}

export interface Network extends Resource {
    ipRange: string;
    subnets: Subnet[];
    routes: Route[];
    protection: { delete: boolean };
    exposeRoutesToVswitch: boolean;
}

export interface SshKey extends Resource {
    fingerprint: string;
    publicKey: string;
}

export interface PlacementGroup extends Resource {
    type: "spread";
}

export interface StoredFirewallRule extends FirewallRule {
    description: string | null;
}

export type FirewallTarget = { type: "server"; id: number } | { type: "label_selector"; selector: string };

export interface Firewall extends Resource {
    rules: StoredFirewallRule[];
    appliedTo: FirewallTarget[];
}

interface PublicIp extends Resource {
    type: "ipv4" | "ipv6";
    /** An IPv4 address or an IPv6 /64. */
    ip: string;
    locationId: number;
    serverId: number | null;
    protection: { delete: boolean };
    dnsPtr: { ip: string; dns_ptr: string }[];
}

export interface FloatingIp extends PublicIp {
    description: string;
}

export interface PrimaryIp extends PublicIp {
    autoDelete: boolean;
}

export interface Action {
    id: number;
    command: string;
    status: "running" | "success" | "error";
    started: string;
    finished: string | null;
    resources: Reference[];
    error: { code: string; message: string } | null;
}

/** The API's time format: RFC 3339 in UTC, whole seconds. */
export function timestamp(date = new Date()): string {
    return date.toISOString().replace(/\.\d+Z$/, "+00:00");
}
