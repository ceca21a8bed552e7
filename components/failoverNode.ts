import type * as command from "@pulumi/command";
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { bootstrapLabel } from "./ssh/contact";
import type { NodeContact } from "./ssh/contacts";
import { FORGET_BOOTSTRAP, firstContact, ignoredOfServer, LEFT_ALONE } from "./ssh/firstContact";
import { agentFiles, checkFiles } from "./render/nodeFiles";
import { nodeFile, unixLines } from "./render/files";
import { keepalivedConf } from "./render/keepalivedConf";
import { LIB } from "./render/nodePaths";
import { gzipped, packed } from "./render/packed";
import type { Outlook } from "./outlook";
import { fateOf } from "./orders";
import { groupOf, staysOff } from "./outlook";
import type { Access, RemoteStep } from "./ssh/remote";
import { keepingOld, remoteStep } from "./ssh/remote";
import type { NodeSpec, PairSpec } from "./spec/spec";
import type { JumpHost } from "./ssh/sshStream";

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
    outlook: pulumi.Output<Outlook>;
    networkId: pulumi.Output<number>;
    subnetId: pulumi.Output<string>;
    placementGroupId?: pulumi.Output<number>;
    firewallIds: pulumi.Output<number[]>;
    sshKeys: pulumi.Output<string[]>;
    sshPrivateKey: pulumi.Output<string>;
    via?: pulumi.Output<JumpHost>;
    authorizedKeys: pulumi.Output<string[]>;
    labels: pulumi.Output<Record<string, string>>;
    token: pulumi.Output<string>;
    installScript?: pulumi.Input<string>;
}

/** Seconds in which a server that was off for another type is back. */
const RESTART = 300;

const NODE_SETUP = `${LIB}/node-setup`;

const PUSH = [
    FORGET_BOOTSTRAP,
    `umask 022 && mkdir -p ${LIB} && base64 -d | gzip -d >${NODE_SETUP}.new`,
    `chmod 0755 ${NODE_SETUP}.new && mv -f ${NODE_SETUP}.new ${NODE_SETUP}`,
].join(" && ");

/** One member of a pair: its server, its place in the network, and the steps that make it a member. */
export class FailoverNode {
    public readonly server: hcloud.Server;
    public readonly serverId: pulumi.Output<number>;
    /** The last step, which ends when the node was seen to work as a member. */
    public readonly member: command.remote.Command;
    private readonly attachment: hcloud.ServerNetwork;
    private readonly ready: command.remote.Command;

    /** `before` is the node that has to be seen working before anything of this one is touched. */
    constructor(
        private readonly name: string,
        private readonly index: number,
        private readonly common: Common,
        private readonly met: NodeContact,
        before?: FailoverNode,
    ) {
        const node = inTurn(
            common.spec.apply((spec) => spec.nodes[index]),
            before?.member,
        );
        const { parent } = common;
        this.server = new hcloud.Server(
            name,
            {
                name: node.apply(({ name }) => name),
                location: node.apply(({ location }) => location),
                serverType: node.apply(({ serverType }) => serverType),
                // the way back to the smaller type stays open
                keepDisk: true,
                image: node.apply(({ image }) => image),
                sshKeys: common.sshKeys,
                placementGroupId: common.outlook.apply(
                    (outlook) => groupOf(index, outlook, common.placementGroupId) as number,
                ),
                firewallIds: common.firewallIds,
                deleteProtection: common.spec.apply((spec) => spec.deletionProtection),
                rebuildProtection: common.spec.apply((spec) => spec.deletionProtection),
                labels: pulumi.all([common.labels, met.contact]).apply(([all, { labels }]) => ({ ...all, ...labels })),
                userData: met.userData,
            },
            {
                parent,
                // the new server needs the old one's name and address
                deleteBeforeReplace: true,
                ignoreChanges: LEFT_ALONE,
                ...keepingOld(() => ignoredOfServer(common.outlook, index)),
            },
        );
        this.serverId = this.server.id.apply(Number);
        this.attachment = new hcloud.ServerNetwork(
            `${name}-network`,
            { serverId: this.serverId, networkId: inSubnet(common), ip: node.apply(({ address }) => address) },
            // the agents move the aliases: without ignoreChanges an update would take the virtual IP from whoever has it;
            // without deletedWith a server that may not be deleted would be cut off before that is found out
            { parent, deleteBeforeReplace: true, ignoreChanges: ["aliasIps"], deletedWith: this.server },
        );
        const encounter = { index, outlook: common.outlook, contact: met.contact, server: this.server };
        this.ready = firstContact(`${name}-ready`, this.contact, this.step([this.server]), encounter);
        this.member = this.steps();
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
     * Once `other` is changed too. Whatever two nodes have to agree upon before they believe each other makes this one,
     * which is changed first, stand aside: it says so, and only then is there something to do here.
     */
    public join(other: FailoverNode): void {
        const stdin = inTurn(this.member.stdout, other.member);
        const what = { ...this.step([this.member]), script: `${NODE_SETUP} join`, stdin, secretOutput: true };
        remoteStep(`${this.name}-join`, this.access, what);
    }

    private get contact(): Access {
        const { sshPrivateKey: privateKey, via } = this.common;
        return { host: this.server.ipv4Address, privateKey, ...(via === undefined ? {} : { via }) };
    }

    private get access(): Access {
        return { ...this.contact, hostKey: this.hostKey };
    }

    /** What makes the last step run again: another server, another disk in it, or a type for which it was off. */
    private get machine(): pulumi.Output<string> {
        const { id, serverType } = this.server;
        return pulumi
            .all([id, serverType, this.met.contact])
            .apply(([id, type, { rebuilds }]) =>
                [id, type, ...(rebuilds > 0 ? [`rebuilt ${rebuilds}`] : [])].join(" "),
            );
    }

    private get hostKey(): pulumi.Output<string> {
        return pulumi.unsecret(this.ready.stdout.apply((line) => line.trim()));
    }

    /** The steps, one after the other; returns the last one. */
    private steps(): command.remote.Command {
        const { access, common } = this;
        let last: pulumi.Resource[] = [this.ready];
        const patience = common.outlook.apply(({ spec, standing }) =>
            fateOf(spec.nodes[this.index], standing[this.index]) === "resized" ? RESTART : 0,
        );
        const next = (step: string, script: string, stdin: pulumi.Input<string>) => {
            const what = {
                ...this.step(last),
                script,
                stdin,
                secretOutput: true,
                patience: last.includes(this.ready) ? patience : 0,
            };
            const made = remoteStep(`${this.name}-${step}`, access, what);
            last = [made];
            return made;
        };
        next("setup", PUSH, gzipped(nodeFile("node-setup")));
        next("install", `${NODE_SETUP} install`, this.packages());
        // keepalived must not have its address before the cloud's record of the attachment is read back
        last.push(this.attachment);
        if (common.installScript !== undefined) {
            next("service", `${NODE_SETUP} install`, script(common.installScript));
        }
        next("agent", `${NODE_SETUP} agent`, this.agent());
        next("token", `${NODE_SETUP} token`, common.token);
        return next("keepalived", `${NODE_SETUP} configure`, this.configuration());
    }

    private packages(): pulumi.Output<string> {
        const { spec, authorizedKeys } = this.common;
        return pulumi.all([spec, authorizedKeys]).apply(([{ packages }, authorizedKeys]) => {
            const own = ["keepalived", "nftables"].filter(
                (need) => !packages.some((name) => name.startsWith(`${need}=`)),
            );
            return JSON.stringify({ authorizedKeys, packages: [...own, ...packages], installScript: null });
        });
    }

    private agent(): pulumi.Output<string> {
        return pulumi
            .all([this.common.spec, this.serverId, this.common.networkId])
            .apply(([spec, serverId, networkId]) => {
                const [node, peer] = this.members(spec);
                const files = agentFiles(spec, node, peer, { serverId, networkId });
                return JSON.stringify({ files: files.map(packed) });
            });
    }

    private configuration(): pulumi.Output<string> {
        return pulumi.all([this.common.outlook, this.machine]).apply(([{ spec, standing }, machine]) => {
            const [node, peer] = this.members(spec);
            return JSON.stringify({
                // not read there: a node that was off has to be seen working again before the other one is touched; one
                // that is off now makes this step run, and fail, so that no update ends well without redundancy
                machine: staysOff(node, standing[this.index]) ? `${machine} off` : machine,
                address: node.address,
                keepalivedConf: keepalivedConf(spec, node, peer),
                service: spec.service ?? null,
                files: checkFiles(spec.checks),
                changedFirst: this.index === 1,
            });
        });
    }

    /** This node and its peer, of which no more is used than what was asked for: neither one waits for the other's server. */
    private members({ nodes }: PairSpec): NodeSpec[] {
        return [nodes[this.index], nodes[1 - this.index]];
    }

    private step(dependsOn: pulumi.Resource[]): Omit<RemoteStep, "script" | "secretOutput"> {
        const bootstrap = this.met.contact.apply(({ labels }) => bootstrapLabel(labels));
        const { server, index, common } = this;
        return { node: server.name, index, bootstrap, server, dependsOn, parent: common.parent };
    }
}

/**
 * The network, once it has the subnet. By the network's id: an attachment that is imported knows no other, and naming the
 * subnet would replace it.
 */
function inSubnet({ networkId, subnetId }: Common): pulumi.Output<number> {
    return pulumi.all([networkId, subnetId]).apply(([networkId]) => networkId);
}

function script(installScript: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi
        .output(installScript)
        .apply((script) => JSON.stringify({ packages: [], installScript: unixLines(script) }));
}

/**
 * What is given, when `step` is over. Not by `dependsOn`: the state would keep that, and `destroy --target` of one node with
 * its dependents would take the other one along.
 */
function inTurn<T>(given: pulumi.Output<T>, step: pulumi.Resource | undefined): pulumi.Output<T> {
    const over = new Promise<void>((resolve) => {
        if (step === undefined) {
            resolve();
        } else {
            step.urn.apply(() => resolve());
        }
    });
    return pulumi.all([given, over]).apply(([given]) => given) as pulumi.Output<T>;
}
