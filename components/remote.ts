import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { greeting, speaks } from "./greeting";
import { endCommandPlugins } from "./plugins";
import { failure } from "./problem";
import { watchStep } from "./stepWatch";

/** How to reach a node: always as root, with the pair's key. */
export interface Access {
    host: pulumi.Input<string>;
    privateKey: pulumi.Input<string>;
    /** The line of a known host; without it any host is believed, which is for the first contact only. */
    hostKey?: pulumi.Input<string>;
    /** How often connecting is tried. Default: 6, which a server that is off takes half a minute to use up. */
    dialErrorLimit?: number;
}

/** Seconds for one try to connect; the plugin's 15 would let a server that is off hold an update up for three minutes. */
const DIAL_SECONDS = 5;
const DIAL_TRIES = 6;
/** Seconds for which a node may accept connections and be silent on them before the update ends. */
const SILENCE = 30;
/** Seconds for which a node that spoke is not asked again: an update that changes nothing asks once, not before each step. */
const FRESH = 30;
const spoke = new Map<string, number>();
/** While a step runs, a node may be silent for a minute and a half; an installation may wait an hour for its turn and run for two. */
const WATCH = { every: 20, misses: 4, longest: 3 * 60 * 60 };

export interface RemoteStep {
    /** Short and constant: when it fails, it is printed whole. What varies, and every secret, travels in `stdin`. */
    script: string;
    stdin?: pulumi.Input<string>;
    /** Keeps the output out of the plain state; it is never shown. */
    secretOutput: boolean;
    /** The node's name, for messages. */
    node: pulumi.Input<string>;
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
    const connection = { user: "root", perDialTimeout: DIAL_SECONDS, dialErrorLimit: DIAL_TRIES, ...access };
    const host = onceItSpeaks(access.host, step);
    const made = new command.remote.Command(
        name,
        {
            connection: { ...connection, host },
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
        },
    );
    if (updates()) {
        watch(made, host, step);
    }
    return made;
}

/** Not in a preview, nor without an engine (a program's unit tests): nothing is contacted there. */
function updates(): boolean {
    return pulumi.runtime.hasEngine() && !pulumi.runtime.isDryRun();
}

/** The host, once the steps before are over and it is known that the plugin will not wait for its greeting without end. */
function onceItSpeaks(host: pulumi.Input<string>, { node, dependsOn, parent }: RemoteStep): pulumi.Input<string> {
    if (!updates()) {
        return host;
    }
    const before = Promise.all(dependsOn.map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
    return pulumi.all([host, node, before]).apply(async ([host, node]) => {
        if (performance.now() - (spoke.get(host) ?? -Infinity) < FRESH * 1000) {
            return host;
        }
        if (!(await speaks({ host }, SILENCE))) {
            throw silent(node, host, parent);
        }
        spoke.set(host, performance.now());
        return host;
    });
}

/** Ends the plugin when the node goes silent in the middle of this step: the plugin, and so the engine, would wait for ever. */
function watch(made: command.remote.Command, host: pulumi.Input<string>, step: RemoteStep): void {
    pulumi.all([host, step.node]).apply(async ([host, node]) => {
        const ended = new Promise((resolve) => made.urn.apply(resolve));
        const ask = () => greeting({ host, seconds: 10 });
        const reason = await watchStep(ended, { ...WATCH, ask });
        if (reason === undefined) {
            spoke.set(host, performance.now());
        } else {
            const message =
                `FailoverPair: ${node} (${host}) ${reason}: the update ends, and with it the steps of other nodes that run now. ` +
                "Look at the server by the cloud's console, or reset it; then run `pulumi up` again";
            await pulumi.log.error(message, step.parent);
            endCommandPlugins();
        }
    });
}

function silent(node: string, host: string, resource: pulumi.Resource): Error {
    return failure(
        `FailoverPair: ${node} (${host}) accepts connections to its SSH port and then is silent, for ${SILENCE} s. No further step ` +
            "was begun on it. Log in by the cloud's console and look why sshd does not answer (`systemctl status ssh`), " +
            "or reset the server; then run `pulumi up` again",
        resource,
    );
}
