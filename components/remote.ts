import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

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

export interface RemoteStep {
    /** Short and constant: when it fails, it is printed whole. What varies, and every secret, travels in `stdin`. */
    script: string;
    stdin?: pulumi.Input<string>;
    /** Keeps the output out of the plain state; it is never shown. */
    secretOutput: boolean;
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
    return new command.remote.Command(
        name,
        {
            connection: { user: "root", perDialTimeout: DIAL_SECONDS, dialErrorLimit: DIAL_TRIES, ...access },
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
}
