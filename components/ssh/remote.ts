import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { greeting } from "./greeting";
import { makeSure, noteSeen } from "./identity";
import { endCommandPlugins } from "./plugins";
import type { JumpHost } from "./sshStream";
import { watchStep } from "./stepWatch";

/** How to reach a node: always as root, with the pair's key. */
export interface Access {
    host: pulumi.Input<string>;
    privateKey: pulumi.Input<string>;
    /** Type and value; without it any host is believed, which is for the first contact with a server of others only. */
    hostKey?: pulumi.Input<string>;
    via?: pulumi.Output<JumpHost>;
    /** How often connecting is tried. Default: 6, which a server that is off takes half a minute to use up. */
    dialErrorLimit?: number;
}

/** Seconds for one try to connect; the plugin's 15 would let a server that is off hold an update up for three minutes. */
const DIAL_SECONDS = 5;
const DIAL_TRIES = 6;
/** While a step runs, a node may be silent for a minute and a half; an installation may wait an hour for its turn and run for two. */
const WATCH = { every: 20, misses: 4, longest: 3 * 60 * 60 };

export interface RemoteStep {
    /** Short and constant: when it fails, it is printed whole. What varies, and every secret, travels in `stdin`. */
    script: string;
    stdin?: pulumi.Input<string>;
    /** Keeps the output out of the plain state; it is never shown. */
    secretOutput: boolean;
    /** The node's name and its place in the argument `nodes`, for messages. */
    node: pulumi.Input<string>;
    index: number;
    /** The fingerprint, in a label's letters, of the key that the node has after a rebuild. */
    bootstrap: pulumi.Input<string | undefined>;
    /** Seconds for which a node that is being started is waited for. Default: 0. */
    patience?: pulumi.Input<number>;
    /** Whether the node is looked at before; a step that is over is not a reason to. Default: true. */
    isDue?: pulumi.Input<boolean>;
    /** The inputs that keep their old values in this update. Default: none. */
    ignoring?: () => Promise<string[]>;
    /** The step belongs to it: it is repeated when the server is another one, and vanishes with it. */
    server: pulumi.Resource;
    dependsOn: pulumi.Resource[];
    parent: pulumi.Resource;
}

/**
 * One step of a node's set-up. A change of anything runs the same script again, in place: never a replacement, which
 * would leave the node without what the step had done. Nothing is run when it is deleted.
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
            // sshd takes no variables but LANG and LC_*, and each refused one is a warning
            addPreviousOutputInEnv: false,
        },
        {
            parent: step.parent,
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
 * `ignoreChanges` that depends on what is found out before the resource is registered, for which the option itself has no
 * form. A program's unit tests have no engine that would ask.
 */
export function keepingOld(ignored: () => Promise<string[]>): pulumi.CustomResourceOptions {
    return pulumi.runtime.hasEngine()
        ? { transforms: [async ({ props, opts }) => ({ props, opts: { ...opts, ignoreChanges: await ignored() } })] }
        : {};
}

/** Not in a preview, nor without an engine (a program's unit tests): nothing is contacted there. */
export function updates(): boolean {
    return pulumi.runtime.hasEngine() && !pulumi.runtime.isDryRun();
}

/** The host, once the steps before are over, and it is known that the node is there and is the one that is meant. */
function onceItIsKnown({ host, hostKey, via }: Access, step: RemoteStep): pulumi.Input<string> {
    if (!updates()) {
        return host;
    }
    const { node, index, bootstrap, patience = 0, isDue = true, dependsOn, parent } = step;
    const before = Promise.all(dependsOn.map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
    const checked = pulumi
        .all([host, node, hostKey, via, bootstrap, patience, isDue, before])
        .apply(async ([host, node, hostKey, via, bootstrap, patience, isDue]) => {
            if (isDue) {
                await makeSure({ host, node, index, hostKey, via, bootstrap, patience }, parent);
            }
            return host;
        });
    return pulumi.unsecret(checked);
}

/** Ends the plugin when the node goes silent in the middle of this step: the plugin, and so the engine, would wait for ever. */
function watch(made: command.remote.Command, host: pulumi.Input<string>, access: Access, step: RemoteStep): void {
    pulumi.all([host, step.node, access.hostKey, access.via]).apply(async ([host, node, hostKey, via]) => {
        const ended = new Promise((resolve) => made.urn.apply(resolve));
        const ask = () => greeting({ host, via, seconds: 10 });
        const reason = await watchStep(ended, { ...WATCH, ask });
        if (reason === undefined) {
            noteSeen({ host, hostKey });
        } else {
            const message =
                `FailoverPair: ${node} (${host}) ${reason}: the update ends, and with it the steps of other nodes that run now. ` +
                "Look at the server by the cloud's console, or reset it; then run `pulumi up` again";
            await pulumi.log.error(message, step.parent);
            endCommandPlugins();
        }
    });
}
