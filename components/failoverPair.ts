import * as pulumi from "@pulumi/pulumi";
import { checkArgs } from "./checkedArgs";
import { nodeContact } from "./ssh/contacts";
import type { FailoverNodeInfo } from "./failoverNode";
import { FailoverNode } from "./failoverNode";
import type { FailoverPairArgs } from "./failoverPairArgs";
import { lookAhead } from "./outlook";
import type { Making } from "./surroundings";
import { firewallIds, network, placementGroup, sshKeys } from "./surroundings";
import { warnOfOtherApi } from "./otherApi";
import { statusCommand, switchCommands } from "./render/switchCommands";

/**
 * Two servers in a Hetzner Cloud private network that serve one or more virtual IPs: one at a time, and the other one as
 * soon as it fails. keepalived decides which, and an agent on the nodes makes the cloud agree.
 */
export class FailoverPair extends pulumi.ComponentResource {
    /** The first virtual IP. */
    public readonly virtualIp: pulumi.Output<string>;
    /** All virtual IPs. */
    public readonly virtualIps: pulumi.Output<string[]>;
    /** The two nodes, the one with the higher priority first. */
    public readonly nodes: pulumi.Output<FailoverNodeInfo[]>;
    /** By a node's name: what to type, with the hcloud CLI and its token, to make that node the holder by hand. */
    public readonly switchCommands: pulumi.Output<{ [node: string]: string }>;
    /** Shows what both nodes know of the pair. */
    public readonly statusCommand: pulumi.Output<string>;
    /** The network the virtual IPs are in. */
    public readonly networkId: pulumi.Output<string>;
    /** The subnet the nodes are in. */
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
            parent: this,
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
        // the lower priority first: when it does not work there, the other node goes on serving untouched
        const meeting = { pair: this, outlook, sshPrivateKey: common.sshPrivateKey, via: common.via };
        const [met0, met1] = [0, 1].map((index) => nodeContact(`${name}${index}`, index, meeting));
        const second = new FailoverNode(`${name}1`, 1, common, met1);
        const first = new FailoverNode(`${name}0`, 0, common, met0, second);
        second.join(first);
        const members = [first, second];

        this.virtualIps = spec.apply(({ virtualIps }) => virtualIps);
        this.virtualIp = this.virtualIps.apply(([virtualIp]) => virtualIp);
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
