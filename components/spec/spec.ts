import type * as pulumi from "@pulumi/pulumi";
import { AliasFollows } from "./aliasFollows";
import type { FailoverCheckArgs, FailoverNodeArgs, FailoverPairArgs } from "../failoverPairArgs";
import { formatAddress, formatRange, parseAddress, rangeAround } from "./ipv4";
import { defaultType, zoneOf } from "./locations";
import { Timing } from "./timing";
import { deriveVirtualRouterId } from "./virtualRouterId";

/** Arguments that go to the resources unchanged: ids that exist only later, and values that are or may be secret. */
export const PASSED_ON = [
    "token",
    "sshPrivateKey",
    "sshPublicKey",
    "sshKeys",
    "sshProxy",
    "installScript",
    "firewallIds",
    "networkId",
    "subnetId",
    "placementGroupId",
    "labels",
] as const;

/** The arguments that define a pair. */
export type ShapingArgs = Omit<FailoverPairArgs, (typeof PASSED_ON)[number]>;

/** The same arguments with all values known. */
export type PlainArgs = pulumi.Unwrap<ShapingArgs>;

/** Which of the arguments that go to the resources unchanged were given. */
export interface Given {
    network: boolean;
    subnet: boolean;
    sshKey: boolean;
}

export type NodeSpec = Required<Omit<pulumi.Unwrap<FailoverNodeArgs>, "hostKey">> & {
    /** As given: a line of a .pub file. */
    hostKey?: string;
    /** Unknown for a location that this release does not know, until the cloud has answered. */
    networkZone?: string;
    /** Whether the server type follows from the network zone. */
    hasDefaultType: boolean;
    /** The VRRP priority. It is high, because the difference to 256 delays every takeover. */
    priority: number;
};

export type CheckSpec = Required<Omit<pulumi.Unwrap<FailoverCheckArgs>, "command" | "httpUrl">> & {
    command?: string;
    httpUrl?: string;
};

/** A pair with every default filled in. All values are plain, and none is a secret. */
export interface PairSpec {
    name: string;
    virtualIps: string[];
    virtualRouterId: number;
    /** Undefined for an existing network that was given without its range. */
    networkRange?: string;
    subnetRange?: string;
    nodes: NodeSpec[];
    packages: string[];
    service?: string;
    checks: CheckSpec[];
    timing: Timing;
    bridge: boolean;
    ports?: string[];
    aliasFollows: AliasFollows;
    graceSeconds: number;
    authorizedKeys: string[];
    sshSources: string[];
    deletionProtection: boolean;
    apiEndpoint: string;
    apiCa?: string;
    apiProxy?: string;
}

/** An item of a list that validation has shown to be long enough, such as one of a pair's two nodes. */
export function itemAt<T>(list: readonly T[], index: number): T {
    const item = list[index];
    if (item === undefined) {
        throw new Error(`a list of ${list.length} has no item ${index}`);
    }
    return item;
}

export const HETZNER_API = "https://api.hetzner.cloud/v1";
const DEFAULTS = [
    { location: "nbg1", priority: 250 },
    { location: "fsn1", priority: 240 },
];

/** Fills in the defaults. Invalid values are kept, so that validation can name them. */
export function resolveSpec(name: string, args: PlainArgs, given: Given): PairSpec {
    const [vip] = args.virtualIps.map(parseAddress).filter((vip) => vip !== undefined);
    const around = (prefix: number) => (vip === undefined ? undefined : formatRange(rangeAround(vip, prefix)));
    // not after the highest virtual IP: adding a virtual IP later must not move the nodes
    const behind = (steps: number) => (vip === undefined ? "" : formatAddress(vip + steps));
    return {
        name,
        virtualIps: args.virtualIps,
        virtualRouterId: args.virtualRouterId ?? deriveVirtualRouterId(args.virtualIps[0] ?? ""),
        networkRange: args.networkRange ?? (given.network ? undefined : around(16)),
        subnetRange: args.subnetRange ?? (given.subnet ? undefined : around(24)),
        nodes: (args.nodes ?? [{}, {}]).map((node, i) => {
            const { priority, ...own } = itemAt(DEFAULTS, Math.min(i, 1));
            const location = node.location ?? own.location;
            const type = node.serverType ?? args.serverType;
            return {
                name: node.name ?? `${name}${i}`,
                location,
                networkZone: zoneOf(location),
                address: node.address ?? behind(i + 1),
                serverType: type ?? defaultType(zoneOf(location)),
                hasDefaultType: type === undefined,
                image: node.image ?? args.image ?? "debian-12",
                ...(node.hostKey === undefined ? {} : { hostKey: node.hostKey }),
                priority,
            };
        }),
        packages: args.packages ?? [],
        service: args.service,
        checks: (args.checks ?? []).map((check) => ({
            ...check,
            interval: check.interval ?? 1,
            timeout: check.timeout ?? 2,
            rise: check.rise ?? 2,
            fall: check.fall ?? 3,
        })),
        timing: args.timing ?? Timing.Balanced,
        bridge: args.bridge ?? true,
        ports: args.ports,
        aliasFollows: args.aliasFollows ?? AliasFollows.AfterGrace,
        graceSeconds: args.graceSeconds ?? 30,
        authorizedKeys: (args.authorizedKeys ?? []).map((key) => key.trim()),
        sshSources: args.sshSources ?? ["0.0.0.0/0", "::/0"],
        deletionProtection: args.deletionProtection ?? false,
        apiEndpoint: args.apiEndpoint ?? HETZNER_API,
        apiCa: args.apiCa,
        apiProxy: args.apiProxy,
    };
}
