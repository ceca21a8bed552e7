import type * as pulumi from "@pulumi/pulumi";
import { patientGreeting, shownKey } from "./greeting";
import { fingerprint, labelOf } from "./hostKeys";
import { failure } from "../spec/problem";
import type { JumpHost } from "./sshStream";

/** Whom a step expects at an address. */
export interface Identity {
    /** The node's name and its place in the argument `nodes`, for messages. */
    node: string;
    index: number;
    host: string;
    port?: number;
    via?: JumpHost;
    /** The only key that is right; without it any is. */
    hostKey?: string;
    /** The fingerprint, in a label's letters, of the key that the node has after a rebuild. */
    bootstrap?: string;
    /** Seconds for which a node that is being started is waited for. */
    patience: number;
}

/** Seconds for which a node may accept connections and be silent on them before the update ends. */
const SILENCE = 30;
/** Seconds for which a node that was seen is not asked again: an update that changes nothing asks once, not before each step. */
const FRESH = 30;
/** Seconds for which a node that was not reached is not asked again: the plugin tries for half a minute itself. */
const GONE = 60;
const PAUSE = 1;
const seen = new Map<string, number>();
const missed = new Map<string, number>();

/** Notes that the node spoke just now, so that the next step does not ask again. */
export function noteSeen(identity: Whom): void {
    seen.set(nameOf(identity), performance.now());
    missed.delete(nameOf(identity));
}

type Whom = Pick<Identity, "host" | "port" | "hostKey">;

const nameOf = ({ host, port, hostKey }: Whom) => `${host} ${port} ${hostKey}`;

/**
 * Waits until it is known that the plugin will not wait for a greeting without end, and that the node shows the key it is
 * known by. A node that cannot be reached is left to the plugin.
 *
 * @throws if it stays silent, or shows another key
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
    const text = `FailoverPair: ${node} (${host}) shows the SSH host key ${describe(shown)}, and is known by ${describe(wanted)}. No step was begun on it. `;
    const way =
        labelOf(shown) === bootstrap
            ? "It is the key that the server has after a rebuild: run `pulumi up --refresh`, which makes it a member again"
            : "Either another machine answers in its place, or the server was rebuilt or got another host key. Look at the " +
              "server by the cloud's console: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`. If it has the key that is " +
              `shown, set nodes[${index}].hostKey to the line of that file, and run \`pulumi up\``;
    return failure(text + way, resource);
}

function describe(hostKey: string): string {
    return `${fingerprint(hostKey)} (${hostKey.split(" ")[0]})`;
}

function silent({ node, host }: Identity, resource: pulumi.Resource): Error {
    return failure(
        `FailoverPair: ${node} (${host}) accepts connections to its SSH port and then is silent, for ${SILENCE} s. No further step ` +
            "was begun on it. Log in by the cloud's console and look why sshd does not answer (`systemctl status ssh`), " +
            "or reset the server; then run `pulumi up` again",
        resource,
    );
}
