import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import type { CheckedArgs } from "./checkedArgs";
import type { FailoverPairArgs } from "./failoverPairArgs";
import { zoneOf } from "./locations";
import { invalid } from "./problem";
import { whyNotId } from "./validateIds";

/** What the resources around the servers are made from. */
export interface Making {
    name: string;
    args: FailoverPairArgs;
    checked: CheckedArgs;
    labels: pulumi.Output<Record<string, string>>;
    parent: pulumi.Resource;
}

/** The network and the subnet, made unless they were given. */
export function network({ name, args, checked, labels, parent }: Making) {
    const networkId = numeric(
        "networkId",
        args.networkId ??
            new hcloud.Network(
                `${name}-network`,
                { ipRange: checked.spec.apply((spec) => spec.networkRange!), labels },
                { parent },
            ).id,
        parent,
    );
    const subnetId = pulumi.output(
        args.subnetId ??
            new hcloud.NetworkSubnet(
                `${name}-subnet`,
                {
                    networkId,
                    type: "cloud",
                    networkZone: checked.spec.apply((spec) => zoneOf(spec.nodes[0].location)!),
                    ipRange: checked.spec.apply((spec) => spec.subnetRange!),
                },
                { parent },
            ).id,
    );
    return { networkId, subnetId };
}

/** Keeps the two servers off one machine; different locations do that by themselves. */
export function placementGroupId({ name, args, checked, labels, parent }: Making): pulumi.Output<number> | undefined {
    if (args.placementGroupId !== undefined) {
        return numeric("placementGroupId", args.placementGroupId, parent);
    }
    const locations = checked.known?.nodes.map(({ location }) => location);
    if (locations && locations[0] !== locations[1]) {
        return undefined;
    }
    return new hcloud.PlacementGroup(`${name}-placement`, { type: "spread", labels }, { parent }).id.apply(Number);
}

/** The pair's own firewall, and those that were given. */
export function firewallIds({ name, args, checked, labels, parent }: Making): pulumi.Output<number[]> {
    const own = new hcloud.Firewall(
        `${name}-ssh`,
        {
            rules: [
                {
                    direction: "in",
                    protocol: "tcp",
                    port: "22",
                    sourceIps: checked.spec.apply(({ sshSources }) => sshSources),
                },
                { direction: "in", protocol: "icmp", sourceIps: ["0.0.0.0/0", "::/0"] },
            ],
            labels,
        },
        { parent },
    );
    const more = pulumi.output(args.firewallIds ?? []).apply((ids) => ids.map((id, i) => [id, `firewallIds[${i}]`]));
    return pulumi
        .all([own.id, more])
        .apply(([id, ids]) => [Number(id), ...ids.map(([id, path]) => toNumber(path, id, parent))]);
}

/** The keys that a new server lets in: the pair's own, made in the cloud, and those that are there. */
export function sshKeys({ name, args, checked, labels, parent }: Making): pulumi.Output<string[]> {
    const publicKey = checked.sshPublicKey;
    const own = publicKey ? [new hcloud.SshKey(`${name}-key`, { publicKey, labels }, { parent }).id] : [];
    return pulumi.all([pulumi.all(own), args.sshKeys ?? []]).apply(([own, given]) => [...own, ...given]);
}

function numeric(path: string, id: pulumi.Input<string>, resource: pulumi.Resource): pulumi.Output<number> {
    return pulumi.output(id).apply((id) => toNumber(path, id, resource));
}

function toNumber(path: string, id: string, resource: pulumi.Resource): number {
    const reason = whyNotId(id);
    if (reason !== undefined) {
        throw invalid([{ path, reason }], resource);
    }
    return Number(id);
}
