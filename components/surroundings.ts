import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import type { FailoverNodeArgs, FailoverPairArgs } from "./failoverPairArgs";
import { zoneOf } from "./spec/locations";
import { outside } from "./orders";
import type { Outlook } from "./outlook";
import { inRange } from "./outlook";
import type { PairSpec } from "./spec/spec";

/** What the resources around the servers are made from. */
export interface Making {
    name: string;
    /** As `checkArgs` returns them. */
    args: FailoverPairArgs;
    spec: pulumi.Output<PairSpec>;
    /** Whether the program knew every value of the spec. */
    isKnown: boolean;
    sshPublicKey?: pulumi.Output<string>;
    labels: pulumi.Output<Record<string, string>>;
    parent: pulumi.Resource;
}

/** A network that is there. Without its range in the arguments, the addresses are checked against the cloud's answer. */
function given(
    { networkId, networkRange }: FailoverPairArgs,
    spec: pulumi.Output<PairSpec>,
    parent: pulumi.Resource,
): pulumi.Output<number> {
    const id = pulumi.output(networkId!).apply(Number);
    return networkRange === undefined ? inRange(id, spec, parent) : id;
}

/** The network and the subnet, made unless they were given. */
export function network({ name, args, spec, labels, parent }: Making) {
    const networkId =
        args.networkId === undefined
            ? new hcloud.Network(
                  `${name}-network`,
                  { ipRange: spec.apply((spec) => spec.networkRange!), labels },
                  { parent },
              ).id.apply(Number)
            : given(args, spec, parent);
    const subnetId = pulumi.output(
        args.subnetId ??
            new hcloud.NetworkSubnet(
                `${name}-subnet`,
                {
                    networkId,
                    type: "cloud",
                    networkZone: spec.apply((spec) => zoneOf(spec.nodes[0].location)!),
                    ipRange: spec.apply((spec) => spec.subnetRange!),
                },
                { parent },
            ).id,
    );
    return { networkId, subnetId };
}

/**
 * Keeps the two servers off one machine. Different locations do that by themselves; but a program that says where the
 * nodes are may say something else tomorrow, and a server that runs can neither enter nor leave a group. So such a pair
 * has its servers in one group from the beginning, wherever they are: a group of type spread belongs to no location
 * (Hetzner's API: neither the group nor the order of a server names one; kube-hetzner's control plane spans three in one
 * group). A pair that leaves the locations to the defaults, which differ, makes none: a project holds 50 groups. With
 * arguments known only later it makes one all the same: such pairs always did, and a group with servers has to stay.
 */
export function placementGroup(make: Making, outlook: pulumi.Output<Outlook>): pulumi.Output<number> | undefined {
    const { name, args, isKnown, labels, parent } = make;
    const given = args.placementGroupId;
    if (given === undefined && isKnown && !areLocationsGiven(args.nodes)) {
        return undefined;
    }
    const id =
        given === undefined
            ? new hcloud.PlacementGroup(`${name}-placement`, { type: "spread", labels }, { parent }).id.apply(Number)
            : pulumi.output(given).apply(Number);
    pulumi.all([id, outlook]).apply(async ([id, { spec, standing }]) => {
        if (given !== undefined || spec.nodes[0].location === spec.nodes[1].location) {
            await Promise.all(
                outside(id, spec.nodes, standing).map((text) =>
                    pulumi.log.warn(`FailoverPair ${name}: ${text}`, parent),
                ),
            );
        }
    });
    return id;
}

/** Whether the program, which knows what they are, says where the nodes are. */
function areLocationsGiven(nodes: FailoverPairArgs["nodes"]): boolean {
    return Array.isArray(nodes) && nodes.some((node) => (node as FailoverNodeArgs).location !== undefined);
}

/** The pair's own firewall, and those that were given. */
export function firewallIds({ name, args, spec, labels, parent }: Making): pulumi.Output<number[]> {
    const own = new hcloud.Firewall(
        `${name}-ssh`,
        {
            rules: [
                {
                    direction: "in",
                    protocol: "tcp",
                    port: "22",
                    sourceIps: spec.apply(({ sshSources }) => sshSources),
                },
                { direction: "in", protocol: "icmp", sourceIps: ["0.0.0.0/0", "::/0"] },
            ],
            labels,
        },
        { parent },
    );
    return pulumi.all([own.id, args.firewallIds ?? []]).apply(([id, more]) => [id, ...more].map(Number));
}

/** The keys that a new server lets in: the pair's own, made in the cloud, and those that are there. */
export function sshKeys({ name, args, sshPublicKey: publicKey, labels, parent }: Making): pulumi.Output<string[]> {
    const own = publicKey ? [new hcloud.SshKey(`${name}-key`, { publicKey, labels }, { parent }).id] : [];
    return pulumi.all([pulumi.all(own), args.sshKeys ?? []]).apply(([own, given]) => [...own, ...given]);
}
