import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { arrived } from "./arrived";
import type { FailoverNodeArgs, FailoverPairArgs } from "./failoverPairArgs";
import { outside } from "./orders";
import type { Outlook } from "./outlook";
import { inRange } from "./outlook";
import { DEFAULT_ZONE } from "./spec/locations";
import type { PairSpec } from "./spec/spec";
import { keepingOld } from "./ssh/remote";

/** The values that the resources around the servers need. */
export interface Making {
    name: string;
    /** As returned by `checkArgs`. */
    args: FailoverPairArgs;
    spec: pulumi.Output<PairSpec>;
    /** Whether the program knew every value of the spec. */
    isKnown: boolean;
    sshPublicKey?: pulumi.Output<string>;
    labels: pulumi.Output<Record<string, string>>;
    parent: pulumi.Resource;
}

/**
 * An existing network. If the arguments do not have its range, the addresses are checked against the cloud's answer.
 */
function given(
    { networkId, networkRange }: FailoverPairArgs,
    spec: pulumi.Output<PairSpec>,
    parent: pulumi.Resource,
): pulumi.Output<number> {
    const id = pulumi.output(networkId!).apply(Number);
    return networkRange === undefined ? inRange(id, spec, parent) : id;
}

/** The network and the subnet, created unless they were given. */
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
                    networkZone: spec.apply(({ nodes }) => nodes[0]?.networkZone ?? DEFAULT_ZONE),
                    ipRange: spec.apply((spec) => spec.subnetRange!),
                },
                { parent, ...keepingOld(() => ignoredOfSubnet(spec)) },
            ).id,
    );
    return { networkId, subnetId };
}

/** A subnet that exists stays in its zone while the cloud does not tell the zone: another one would replace it. */
async function ignoredOfSubnet(spec: pulumi.Output<PairSpec>): Promise<string[]> {
    const known = await arrived(spec);
    return known !== undefined && known.value.nodes[0]?.networkZone === undefined ? ["networkZone"] : [];
}

/**
 * Keeps the two servers on different machines. Servers in different locations are on different machines without a
 * group. But a program that sets the locations may change them later, and a running server can neither join nor leave a
 * group. So such a pair gets a group from the start, for any locations: a group of type spread is not bound to a
 * location (in Hetzner's API neither the group nor the order of a server names one, and kube-hetzner's control plane
 * has three locations in one group). A pair with the default locations, which differ, gets none, because a project can
 * have only 50 groups. If arguments are known only later, the pair gets a group too: such pairs always had one, and a
 * group with servers must stay.
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
        const [first, second] = spec.nodes;
        if (given !== undefined || first?.location === second?.location) {
            await Promise.all(
                outside(id, spec.nodes, standing).map((text) =>
                    pulumi.log.warn(`FailoverPair ${name}: ${text}`, parent),
                ),
            );
        }
    });
    return id;
}

/** Whether the program sets the nodes' locations, in arguments whose values are known. */
function areLocationsGiven(nodes: FailoverPairArgs["nodes"]): boolean {
    return Array.isArray(nodes) && nodes.some((node) => (node as FailoverNodeArgs).location !== undefined);
}

/** The pair's own firewall and the given ones. */
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

/** The SSH keys of a new server: the pair's own key, created in the cloud, and the given ones. */
export function sshKeys({ name, args, sshPublicKey: publicKey, labels, parent }: Making): pulumi.Output<string[]> {
    const own = publicKey ? [new hcloud.SshKey(`${name}-key`, { publicKey, labels }, { parent }).id] : [];
    return pulumi.all([pulumi.all(own), args.sshKeys ?? []]).apply(([own, given]) => [...own, ...given]);
}
