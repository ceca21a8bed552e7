import type * as pulumi from "@pulumi/pulumi";
import { patientGreeting, shownKey } from "./greeting";
import { fingerprint, labelOf } from "./hostKeys";
import { failure } from "../spec/invalidArgument";
import type { JumpHost } from "./sshStream";

/** The node that a step expects at an address. */
export interface Identity {
    /** The node's name and its index in the argument `nodes`, for messages. */
    node: string;
    index: number;
    host: string;
    port?: number;
    via?: JumpHost;
    /** The only accepted key. Without it every key is accepted. */
    hostKey?: string;
    /** The fingerprint, as in a label, of the key that the node has after a rebuild. */
    bootstrap?: string;
    /** How long to wait for a node that is starting, s. */
    patience: number;
}

/** How long a node may accept connections and send nothing before the update ends, s. */
const SILENCE = 30;
/**
 * A node that answered is not asked again for this long (s), so that an update asks it once and not before each step.
 */
const FRESH = 30;
/**
 * A node that could not be reached is not asked again for this long (s), because the plugin itself tries for half a
 * minute.
 */
const GONE = 60;
const PAUSE = 1;
const seen = new Map<string, number>();
const missed = new Map<string, number>();

/** Records that the node has just answered, so that the next step does not ask it again. */
export function noteSeen(identity: Whom): void {
    seen.set(nameOf(identity), performance.now());
    missed.delete(nameOf(identity));
}

type Whom = Pick<Identity, "host" | "port" | "hostKey">;

const nameOf = ({ host, port, hostKey }: Whom) => `${host} ${port} ${hostKey}`;

/**
 * Waits until the node sends its SSH greeting, because the plugin would wait for it without a limit, and checks its
 * host key. A node that cannot be reached is left to the plugin.
 *
 * @throws if the node stays silent or shows another key
 */
export async function makeSure(identity: Identity, resource: pulumi.Resource): Promise<void> {
    const { host, port, via, hostKey, patience } = identity;
    const lately = (when: Map<string, number>, seconds: number) =>
        performance.now() - (when.get(nameOf(identity)) ?? -Infinity) < seconds * 1000;
    if (lately(seen, FRESH) || (patience === 0 && lately(missed, GONE))) {
        return;
    }
    const end = performance.now() + patience * 1000;
    for (;;) {
        const said = await patientGreeting({ host, port, via }, SILENCE);
        if (said === "silent") {
            throw silent(identity, resource);
        }
        const kind = hostKey?.split(" ")[0] ?? "ssh-ed25519";
        const shown = said === "greets" ? await shownKey({ host, port, via }, kind) : undefined;
        if (shown !== undefined) {
            if (hostKey !== undefined && shown !== hostKey) {
                throw stranger(identity, hostKey, shown, resource);
            }
            noteSeen(identity);
            return;
        }
        if (performance.now() >= end) {
            missed.set(nameOf(identity), performance.now());
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE * 1000));
    }
}

function stranger(
    { node, index, host, bootstrap }: Identity,
    wanted: string,
    shown: string,
    resource: pulumi.Resource,
) {
    const text = `FailoverPair: ${node} (${host}) shows the SSH host key ${describe(shown)}, but its known key is ${describe(wanted)}. No step was started on it. `;
    const way =
        labelOf(shown) === bootstrap
            ? "This is the key that the server has after a rebuild: run `pulumi up --refresh` to set the node up again"
            : "Either another machine answers at this address, or the server was rebuilt or got another host key. Run this on the " +
              "server in the cloud's console: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`. If it has the key that is " +
              `shown, set nodes[${index}].hostKey to the line of that file, and run \`pulumi up\``;
    return failure(text + way, resource);
}

function describe(hostKey: string): string {
    return `${fingerprint(hostKey)} (${hostKey.split(" ")[0]})`;
}

function silent({ node, host }: Identity, resource: pulumi.Resource): Error {
    return failure(
        `FailoverPair: ${node} (${host}) accepts connections to its SSH port but sent nothing for ${SILENCE} s. No further step ` +
            "was started on it. Log in on the cloud's console and find out why sshd does not answer (`systemctl status ssh`), " +
            "or reset the server, then run `pulumi up` again",
        resource,
    );
}
