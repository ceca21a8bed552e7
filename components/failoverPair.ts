import * as pulumi from "@pulumi/pulumi";
import { checkArgs } from "./checkedArgs";
import { nodeContact } from "./ssh/contacts";
import type { FailoverNodeInfo } from "./failoverNodeInfo";
import { FailoverNode } from "./failoverNode";
import type { FailoverPairArgs } from "./failoverPairArgs";
import { lookAhead } from "./outlook";
import { itemAt } from "./spec/spec";
import type { Making } from "./surroundings";
import { firewallIds, network, placementGroup, sshKeys } from "./surroundings";
import { warnOfOtherApi } from "./otherApi";
import { statusCommand, switchCommands } from "./render/switchCommands";

/**
 * Two servers in a Hetzner Cloud private network that serve one or more virtual IPs: one of them at a time, and the
 * other one as soon as it fails. keepalived decides which node serves, and an agent on the nodes moves the virtual IPs
 * in the cloud.
 */
export class FailoverPair extends pulumi.ComponentResource {
    /** The first virtual IP. */
    public readonly virtualIp: pulumi.Output<string>;
    /** All virtual IPs. */
    public readonly virtualIps: pulumi.Output<string[]>;
    /** The two nodes. The first one has the higher priority. */
    public readonly nodes: pulumi.Output<FailoverNodeInfo[]>;
    /** For each node's name, the hcloud CLI commands that make that node the holder of the virtual IPs by hand. */
    public readonly switchCommands: pulumi.Output<{ [node: string]: string }>;
    /** A command that shows what both nodes know about the pair. */
    public readonly statusCommand: pulumi.Output<string>;
    /** The id of the virtual IPs' network. */
    public readonly networkId: pulumi.Output<string>;
    /** The id of the nodes' subnet. */
    public readonly subnetId: pulumi.Output<string>;

    constructor(name: string, args: FailoverPairArgs, opts?: pulumi.ComponentResourceOptions) {
        super("failover-pair:index:FailoverPair", name, {}, opts);
        const checked = checkArgs(name, args, this);
        warnOfOtherApi(checked.spec, this);
        const outlook = lookAhead(checked.spec, this);
        const spec = outlook.apply(({ spec }) => spec);
        const labels = pulumi
            .all([checked.args.labels ?? {}, spec])
            .apply(([labels]): Record<string, string> => ({ ...labels, "failover-pair": name }));
        const { isKnown, sshPublicKey } = checked;
        const make: Making = { name, args: checked.args, spec, isKnown, sshPublicKey, labels, parent: this };

        const { networkId, subnetId } = network(make);
        const common = {
            pair: this,
            spec,
            networkId,
            subnetId,
            outlook,
            placementGroupId: placementGroup(make, outlook),
            firewallIds: firewallIds(make),
            sshKeys: sshKeys(make),
            sshPrivateKey: checked.sshPrivateKey,
            via: checked.sshProxy,
            authorizedKeys: checked.authorizedKeys,
            labels,
            token: checked.token,
            installScript: checked.args.installScript,
        };
        // the node with the lower priority first: if the change fails there, the other node keeps serving
        const meeting = { pair: this, outlook, sshPrivateKey: common.sshPrivateKey, via: common.via };
        // both servers are met before anything of them is registered
        const met0 = nodeContact(`${name}0`, 0, meeting);
        const met1 = nodeContact(`${name}1`, 1, meeting);
        const second = new FailoverNode(`${name}1`, 1, common, met1);
        const first = new FailoverNode(`${name}0`, 0, common, met0, second);
        second.join(first);
        const members = [first, second];

        this.virtualIps = spec.apply(({ virtualIps }) => virtualIps);
        this.virtualIp = this.virtualIps.apply((virtualIps) => itemAt(virtualIps, 0));
        this.nodes = pulumi.all(members.map((member) => member.info));
        this.networkId = networkId.apply(String);
        this.subnetId = subnetId;
        this.switchCommands = pulumi
            .all([networkId, this.virtualIps, this.nodes])
            .apply(([id, virtualIps, nodes]) => switchCommands(id, virtualIps, nodes));
        this.statusCommand = this.nodes.apply((nodes) => statusCommand(nodes.map(({ publicIpv4 }) => publicIpv4)));
        this.registerOutputs({
            virtualIp: this.virtualIp,
            virtualIps: this.virtualIps,
            nodes: this.nodes,
            switchCommands: this.switchCommands,
            statusCommand: this.statusCommand,
            networkId: this.networkId,
            subnetId: this.subnetId,
        });
    }
}
