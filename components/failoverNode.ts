import type * as command from "@pulumi/command";
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { bootstrapLabel } from "./ssh/contact";
import type { NodeContact } from "./ssh/contacts";
import { FORGET_BOOTSTRAP, firstContact, ignoredOfServer, LEFT_ALONE } from "./ssh/firstContact";
import { agentFiles, checkFiles } from "./render/nodeFiles";
import { setupProgram } from "./render/archive";
import { unixLines } from "./render/files";
import { keepalivedConf } from "./render/keepalivedConf";
import { LIB } from "./render/nodePaths";
import { packed } from "./render/packed";
import type { FailoverNodeInfo } from "./failoverNodeInfo";
import type { Outlook } from "./outlook";
import { fateOf } from "./orders";
import { groupOf, staysOff } from "./outlook";
import type { Access, RemoteStep } from "./ssh/remote";
import { keepingOld, remoteStep } from "./ssh/remote";
import { itemAt, type NodeSpec, type PairSpec } from "./spec/spec";
import type { JumpHost } from "./ssh/sshStream";

/** What both nodes of a pair share. */
export interface Common {
    pair: pulumi.Resource;
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

/** How long a server may take to start after a change of its type, s. */
const RESTART = 300;

const NODE_SETUP = `${LIB}/node-setup`;

const PUSH = [
    FORGET_BOOTSTRAP,
    `umask 022 && mkdir -p ${LIB} && base64 -d >${NODE_SETUP}.new`,
    `chmod 0755 ${NODE_SETUP}.new && mv -f ${NODE_SETUP}.new ${NODE_SETUP}`,
].join(" && ");

/** One node of a pair: its server, its attachment to the network, and the steps that set it up. */
export class FailoverNode extends pulumi.ComponentResource {
    public readonly server: hcloud.Server;
    public readonly serverId: pulumi.Output<number>;
    /** The last step, which ends when the node works as a member of the pair. */
    public readonly member: command.remote.Command;
    private readonly attachment: hcloud.ServerNetwork;
    private readonly ready: command.remote.Command;

    /** @param before The node that must be working before this one is changed. */
    constructor(
        private readonly name: string,
        private readonly index: number,
        private readonly common: Common,
        private readonly met: NodeContact,
        before?: FailoverNode,
    ) {
        super("failover-pair:index:FailoverNode", name, {}, { parent: common.pair });
        const node = inTurn(
            common.spec.apply((spec) => itemAt(spec.nodes, index)),
            before?.member,
        );
        const place = { parent: this, aliases: [{ parent: common.pair }] };
        this.server = new hcloud.Server(
            name,
            {
                name: node.apply(({ name }) => name),
                location: node.apply(({ location }) => location),
                serverType: node.apply(({ serverType }) => serverType),
                // so that the smaller type can be chosen again
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
                ...place,
                // the new server needs the name and the address of the old one
                deleteBeforeReplace: true,
                ignoreChanges: LEFT_ALONE,
                ...keepingOld(() => ignoredOfServer(common.outlook, index)),
            },
        );
        this.serverId = this.server.id.apply(Number);
        this.attachment = new hcloud.ServerNetwork(
            `${name}-network`,
            { serverId: this.serverId, networkId: inSubnet(common), ip: node.apply(({ address }) => address) },
            // the agents move the aliases: without ignoreChanges an update would take the virtual IP from its holder;
            // without deletedWith a server with delete protection would be detached before the cloud refuses to delete
            // it
            { ...place, deleteBeforeReplace: true, ignoreChanges: ["aliasIps"], deletedWith: this.server },
        );
        const encounter = { index, outlook: common.outlook, contact: met.contact, server: this.server };
        this.ready = firstContact(`${name}-ready`, this.contact, this.step([this.server]), encounter);
        this.member = this.steps();
    }

    /** This node in the pair's outputs. */
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
     * Runs when `other` is changed too. If a change concerns something on which both nodes must agree, this node is
     * changed first and stays out of the election until the other one has it too. Without such a change the step does
     * nothing.
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

    /**
     * A new value makes the last step run again: for a new server, a new disk, or a type that powered the server off.
     */
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

    /** The steps in their order. @returns the last one */
    private steps(): command.remote.Command {
        const { access, common } = this;
        let last: pulumi.Resource[] = [this.ready];
        const patience = common.outlook.apply(({ spec, standing }) =>
            fateOf(itemAt(spec.nodes, this.index), standing[this.index]) === "resized" ? RESTART : 0,
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
        next("setup", PUSH, Buffer.from(setupProgram()).toString("base64"));
        next("install", `${NODE_SETUP} install`, this.packages());
        // keepalived must not get its address before the attachment was read back from the cloud
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
                // node-setup does not read this: it makes the step run again for a node that was off, before the other
                // node is changed; for a node that is off now the step fails, so that no update succeeds without
                // redundancy
                machine: staysOff(node, standing[this.index]) ? `${machine} off` : machine,
                address: node.address,
                keepalivedConf: keepalivedConf(spec, node, peer),
                service: spec.service ?? null,
                files: checkFiles(spec.checks),
                changedFirst: this.index === 1,
            });
        });
    }

    /**
     * This node and its peer. Only the requested values of the peer are used, so that neither node waits for the
     * other's server.
     */
    private members({ nodes }: PairSpec): [NodeSpec, NodeSpec] {
        return [itemAt(nodes, this.index), itemAt(nodes, 1 - this.index)];
    }

    private step(dependsOn: pulumi.Resource[]): Omit<RemoteStep, "script" | "secretOutput"> {
        const bootstrap = this.met.contact.apply(({ labels }) => bootstrapLabel(labels));
        const { server, index, common } = this;
        return { node: server.name, index, bootstrap, server, dependsOn, parent: this, pair: common.pair };
    }
}

/**
 * The id of the network, available when the subnet exists. The attachment does not name the subnet's id, because an
 * imported attachment has only the network's and would be replaced.
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
 * The value, available when `step` is done. `dependsOn` would be kept in the state, and `destroy --target` of one node
 * with its dependents would then delete the other node too.
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
