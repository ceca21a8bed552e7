import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { greeting } from "./greeting";
import { makeSure, noteSeen } from "./identity";
import { endCommandPlugins } from "./plugins";
import type { JumpHost } from "./sshStream";
import { watchStep } from "./stepWatch";
import { refusable } from "../refusable";

/** How to reach a node. The login is always root, with the pair's key. */
export interface Access {
    host: pulumi.Input<string>;
    privateKey: pulumi.Input<string>;
    /**
     * Type and value. Without it every host is accepted, which is only for the first contact with an imported server.
     */
    hostKey?: pulumi.Input<string>;
    via?: pulumi.Output<JumpHost>;
    /** The number of tries to connect. Default: 6, which takes half a minute for a server that is off. */
    dialErrorLimit?: number;
}

/**
 * The time limit of one try to connect, s. The plugin's default of 15 would let a server that is off delay an update by
 * three minutes.
 */
const DIAL_SECONDS = 5;
const DIAL_TRIES = 6;
/**
 * During a step a node may be silent for a minute and a half. An installation may wait an hour for its turn and run for
 * two hours.
 */
const WATCH = { every: 20, misses: 4, longest: 3 * 60 * 60 };

export interface RemoteStep {
    /**
     * Short and constant, because a failed command is printed whole. Everything that varies, and every secret, is in
     * `stdin`.
     */
    script: string;
    stdin?: pulumi.Input<string>;
    /** Makes the output a secret in the state. It is never printed. */
    secretOutput: boolean;
    /** The node's name and its index in the argument `nodes`, for messages. */
    node: pulumi.Input<string>;
    index: number;
    /** The fingerprint, as in a label, of the key that the node has after a rebuild. */
    bootstrap: pulumi.Input<string | undefined>;
    /** How long to wait for a node that is starting, s. Default: 0. */
    patience?: pulumi.Input<number>;
    /** Whether the node is checked before the step. Default: true. */
    isDue?: pulumi.Input<boolean>;
    /** The inputs that keep their old values in this update. Default: none. */
    ignoring?: () => Promise<string[]>;
    /** The server of the step: the step is repeated for a new server, and deleted with its server. */
    server: pulumi.Resource;
    dependsOn: pulumi.Resource[];
    parent: pulumi.Resource;
    /** The parent in states of version 0.1, which had no node between the pair and its steps. */
    pair: pulumi.Resource;
}

/**
 * One step of a node's set-up. Each change runs the same script again as an update in place. A replacement would delete
 * the step first. Nothing runs when a step is deleted.
 */
export function remoteStep(name: string, access: Access, step: RemoteStep): command.remote.Command {
    const host = onceItIsKnown(access, step);
    const made = new command.remote.Command(
        name,
        {
            connection: connectionOf(access, host),
            create: step.script,
            update: step.script,
            stdin: step.stdin,
            logging: command.remote.Logging.None,
            // sshd accepts only LANG and LC_*, and the plugin warns about every other variable
            addPreviousOutputInEnv: false,
        },
        {
            parent: step.parent,
            aliases: [{ parent: step.pair }],
            dependsOn: step.dependsOn,
            deletedWith: step.server,
            additionalSecretOutputs: step.secretOutput ? ["stdout", "stderr"] : [],
            ...(step.ignoring === undefined ? {} : keepingOld(step.ignoring)),
        },
    );
    if (updates()) {
        watch(made, host, access, step);
    }
    return made;
}

function connectionOf({ privateKey, hostKey, via, dialErrorLimit = DIAL_TRIES }: Access, host: pulumi.Input<string>) {
    const patience = { perDialTimeout: DIAL_SECONDS, dialErrorLimit };
    return {
        user: "root",
        host,
        privateKey,
        ...patience,
        ...(hostKey === undefined ? {} : { hostKey }),
        ...(via === undefined ? {} : { proxy: via.apply((via) => ({ ...via, ...patience })) }),
    };
}

/**
 * An `ignoreChanges` whose value is found out before the resource is registered: the option itself must be constant.
 * The unit tests of a program have no engine that would ask for it.
 */
export function keepingOld(ignored: () => Promise<string[]>): pulumi.CustomResourceOptions {
    return pulumi.runtime.hasEngine()
        ? { transforms: [async ({ props, opts }) => ({ props, opts: { ...opts, ignoreChanges: await ignored() } })] }
        : {};
}

/** False in a preview and without an engine (the unit tests of a program): nothing is contacted then. */
export function updates(): boolean {
    return pulumi.runtime.hasEngine() && !pulumi.runtime.isDryRun();
}

/** The host, available when the steps before are done and the node has answered with its known host key. */
function onceItIsKnown({ host, hostKey, via }: Access, step: RemoteStep): pulumi.Input<string> {
    if (!updates()) {
        return host;
    }
    const { node, index, bootstrap, patience = 0, isDue = true, dependsOn, parent } = step;
    const before = Promise.all(dependsOn.map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
    const checked = pulumi
        .all([host, node, hostKey, via, bootstrap, patience, isDue, before])
        .apply(([host, node, hostKey, via, bootstrap, patience, isDue]) =>
            refusable(async () => {
                if (isDue) {
                    await makeSure({ host, node, index, hostKey, via, bootstrap, patience }, parent);
                }
                return host;
            }),
        );
    return pulumi.unsecret(checked);
}

/** Ends the plugin when the node goes silent during this step: the plugin, and so the engine, would wait forever. */
function watch(made: command.remote.Command, host: pulumi.Input<string>, access: Access, step: RemoteStep): void {
    pulumi.all([host, step.node, access.hostKey, access.via]).apply(async ([host, node, hostKey, via]) => {
        const ended = new Promise((resolve) => made.urn.apply(resolve));
        const ask = () => greeting({ host, via, seconds: 10 });
        const reason = await watchStep(ended, { ...WATCH, ask });
        if (reason === undefined) {
            noteSeen({ host, hostKey });
        } else {
            const message =
                `FailoverPair: ${node} (${host}) ${reason}: the update ends, together with the running steps of other nodes. ` +
                "Look at the server in the cloud's console, or reset it, then run `pulumi up` again";
            await pulumi.log.error(message, step.parent);
            endCommandPlugins();
        }
    });
}
