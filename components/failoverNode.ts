import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { agentFiles, checkFiles } from "./nodeFiles";
import { nodeFile } from "./files";
import { keepalivedConf } from "./keepalivedConf";
import { LIB } from "./nodePaths";
import type { Access, RemoteStep } from "./remote";
import { remoteStep } from "./remote";
import type { NodeSpec, PairSpec } from "./spec";

/** A node of a pair, as it turned out. */
export interface FailoverNodeInfo {
    name: string;
    serverId: number;
    privateIp: string;
    publicIpv4: string;
    publicIpv6: string;
    /** Its public SSH host key, "ssh-ed25519 AAAA…", as it was at the first contact: who logs in can be sure of the node. */
    hostKey: string;
}

/** What both nodes of a pair have in common. */
export interface Common {
    parent: pulumi.Resource;
    spec: pulumi.Output<PairSpec>;
    networkId: pulumi.Output<number>;
    subnetId: pulumi.Output<string>;
    placementGroupId?: pulumi.Output<number>;
    firewallIds: pulumi.Output<number[]>;
    sshKeys: pulumi.Output<string[]>;
    sshPrivateKey: pulumi.Output<string>;
    labels: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
    token: pulumi.Output<string>;
    installScript?: pulumi.Input<string>;
}

const NODE_SETUP = `${LIB}/node-setup`;

// A server whose first boot went wrong in a detail is still a server: what matters shows in the steps that follow.
// cloud-init 22.4 (Debian 12) calls itself done between two of its stages: the result file tells.
const READY = `
if command -v cloud-init >/dev/null && ! cloud-init status | grep -q disabled; then
    timeout 600 sh -c 'cloud-init status --wait; until [ -e /run/cloud-init/result.json ]; do sleep 0.2; done' >/dev/null 2>&1 || true
fi
cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub
`.trim();

const PUSH = [
    `umask 022 && mkdir -p ${LIB} && cat >${NODE_SETUP}.new`,
    `chmod 0755 ${NODE_SETUP}.new && mv -f ${NODE_SETUP}.new ${NODE_SETUP}`,
].join(" && ");

/** One member of a pair: its server, its place in the network, and the steps that make it a member. */
export class FailoverNode {
    public readonly server: hcloud.Server;
    public readonly serverId: pulumi.Output<number>;
    private readonly attachment: hcloud.ServerNetwork;
    private readonly installed: pulumi.Resource;
    private readonly access: Access;
    private readonly hostKey: pulumi.Output<string>;

    /** Makes the server and installs the packages; nothing of a node that is a member already is interrupted by it. */
    constructor(
        private readonly name: string,
        private readonly index: number,
        private readonly common: Common,
    ) {
        const node = common.spec.apply((spec) => spec.nodes[index]);
        const { parent } = common;
        this.server = new hcloud.Server(
            name,
            {
                name: node.apply(({ name }) => name),
                location: node.apply(({ location }) => location),
                serverType: node.apply(({ serverType }) => serverType),
                image: node.apply(({ image }) => image),
                sshKeys: common.sshKeys,
                placementGroupId: common.placementGroupId,
                firewallIds: common.firewallIds,
                publicNets: [{ ipv4Enabled: true, ipv6Enabled: true }],
                deleteProtection: common.spec.apply((spec) => spec.deletionProtection),
                rebuildProtection: common.spec.apply((spec) => spec.deletionProtection),
                labels: common.labels,
            },
            // the new server needs the old one's name and address; another key or user data is no reason for a new one
            { parent, deleteBeforeReplace: true, ignoreChanges: ["sshKeys", "userData"] },
        );
        this.serverId = this.server.id.apply(Number);
        this.attachment = new hcloud.ServerNetwork(
            `${name}-network`,
            { serverId: this.serverId, subnetId: common.subnetId, ip: node.apply(({ address }) => address) },
            // the agents move the aliases: without this an update would take the virtual IP from whoever has it
            { parent, deleteBeforeReplace: true, ignoreChanges: ["aliasIps"] },
        );

        const contact: Access = { host: this.server.ipv4Address, privateKey: common.sshPrivateKey };
        const ready = remoteStep(
            `${name}-ready`,
            { ...contact, dialErrorLimit: 60 },
            // the id makes a new server, perhaps with the old one's address, a new acquaintance
            { ...this.step([this.server]), script: READY, stdin: this.server.id, secretOutput: false },
        );
        this.hostKey = pulumi.unsecret(ready.stdout.apply((line) => line.trim()));
        this.access = { ...contact, hostKey: this.hostKey };
        const setup = this.run("setup", PUSH, nodeFile("node-setup"), [ready]);
        this.installed = this.run(
            "install",
            `${NODE_SETUP} install`,
            common.spec.apply((spec) =>
                JSON.stringify({ packages: ["keepalived", ...spec.packages], installScript: null }),
            ),
            [setup],
        );
    }

    /** What the pair's outputs say of this node. */
    public get info(): pulumi.Output<FailoverNodeInfo> {
        const { server, attachment } = this;
        return pulumi.output({
            name: server.name,
            serverId: this.serverId,
            privateIp: attachment.ip,
            publicIpv4: server.ipv4Address,
            publicIpv6: server.ipv6Address,
            hostKey: this.hostKey,
        });
    }

    /**
     * Makes the node a member beside its peer, and ends when it was seen to work as one. `after` holds what has to have
     * worked before anything on this node is touched.
     */
    public join(peer: FailoverNode, after: pulumi.Resource[]): pulumi.Resource {
        const { common } = this;
        let last = [this.installed, this.attachment, peer.attachment, ...after];
        const next = (step: string, script: string, stdin: pulumi.Input<string>) => {
            last = [this.run(step, script, stdin, last)];
        };
        if (common.installScript !== undefined) {
            next(
                "service",
                `${NODE_SETUP} install`,
                pulumi
                    .output(common.installScript)
                    .apply((installScript) => JSON.stringify({ packages: [], installScript })),
            );
        }
        next("agent", `${NODE_SETUP} agent`, this.agent(peer));
        next("token", `${NODE_SETUP} token`, common.token);
        next("keepalived", `${NODE_SETUP} configure`, this.configuration(peer));
        return last[0];
    }

    private agent(peer: FailoverNode): pulumi.Output<string> {
        const { spec, networkId } = this.common;
        return pulumi
            .all([spec, this.serverId, peer.serverId, networkId])
            .apply(([spec, serverId, peerServerId, networkId]) => {
                const [node, other] = this.members(spec, peer);
                return JSON.stringify({ files: agentFiles(spec, node, other, { serverId, peerServerId, networkId }) });
            });
    }

    private configuration(peer: FailoverNode): pulumi.Output<string> {
        return this.common.spec.apply((spec) => {
            const [node, other] = this.members(spec, peer);
            return JSON.stringify({
                address: node.address,
                keepalivedConf: keepalivedConf(spec, node, other),
                service: spec.service ?? null,
                files: checkFiles(spec.checks),
            });
        });
    }

    private members(spec: PairSpec, peer: FailoverNode): NodeSpec[] {
        return [spec.nodes[this.index], spec.nodes[peer.index]];
    }

    private step(dependsOn: pulumi.Resource[]): Pick<RemoteStep, "server" | "dependsOn" | "parent"> {
        return { server: this.server, dependsOn, parent: this.common.parent };
    }

    private run(step: string, script: string, stdin: pulumi.Input<string>, dependsOn: pulumi.Resource[]) {
        const what = { ...this.step(dependsOn), script, stdin, secretOutput: true };
        return remoteStep(`${this.name}-${step}`, this.access, what);
    }
}
