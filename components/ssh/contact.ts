import { hostKeyOf, labelOf } from "./hostKeys";
import type { Standing } from "../lookups";
import type { Fate } from "../orders";

/** How often a server was rebuilt, and the fingerprint of its bootstrap key: "0.uNiVztks…". */
const CONTACT = "failover-pair-contact";
/** The fingerprint of the host key that was given for a server, as `nodes[].hostKey`. */
const GIVEN = "failover-pair-host-key";

/** How a node's server is known at the first contact, and whether that takes place once more. */
export interface Contact {
    /** What the server's labels say of it: the cloud remembers what no resource can. */
    labels: Record<string, string>;
    /** The key that it has to show; without one, a server that is adopted is believed, and every other one is refused. */
    hostKey?: string;
    /** The server stays, and is met anew all the same: it was rebuilt, or another host key was given for it. */
    again: boolean;
    /** The server was made by others, and is taken into the pair by this update. */
    isAdopted: boolean;
    /** So many times it was found rebuilt. */
    rebuilds: number;
}

/** What is known of a server that is not registered yet. */
export interface Known {
    pair: string;
    fate: Fate;
    standing?: Standing;
    /** The public half of the bootstrap key that a new server gets. */
    bootstrap: string;
    /** `nodes[].hostKey`. */
    given?: string;
    /** The host keys that it shows; none in a preview, and none while it is not reached. */
    shown: string[];
}

/**
 * A server that this release makes has its bootstrap key in its user data, and shows it until the first contact replaces it.
 * When it shows that key once more, it has a new disk. A server without the label was made by an older release, or by
 * others: its user data are what they are, and nothing is told by its key.
 */
export function contactOf({ pair, fate, standing, bootstrap, given, shown }: Known): Contact {
    if (standing === undefined || fate === "new" || fate === "replaced") {
        const labels = { [CONTACT]: `0.${labelOf(bootstrap)}` };
        return { labels, hostKey: bootstrap, again: true, isAdopted: false, rebuilds: 0 };
    }
    const memory = remembered(standing);
    const stays = { labels: memory.labels, again: false, isAdopted: false, rebuilds: memory.rebuilds };
    const rebuilt = shown.find((key) => labelOf(key) === memory.bootstrap);
    if (rebuilt !== undefined) {
        const rebuilds = memory.rebuilds + 1;
        const labels = { ...memory.labels, [CONTACT]: `${rebuilds}.${memory.bootstrap}` };
        return { ...stays, labels, hostKey: rebuilt, again: true, rebuilds };
    }
    const isAdopted = memory.bootstrap === undefined && standing.labels?.["failover-pair"] !== pair;
    const key = given === undefined ? undefined : hostKeyOf(given);
    const isFirst = memory.bootstrap === undefined && memory.given === undefined;
    if (key !== undefined && labelOf(key) !== memory.given && (isFirst || shown.includes(key))) {
        const labels = { ...memory.labels, [GIVEN]: givenLabel(labelOf(key)) };
        return { ...stays, labels, hostKey: key, again: true, isAdopted };
    }
    // counts only where the state has lost the first contact, as after a destroy that the cloud refused: the node has a key
    // of its own then, which nothing else knows any more
    const met = memory.bootstrap === undefined ? key : (key ?? shown[0] ?? bootstrap);
    return { ...stays, hostKey: met, isAdopted };
}

/** The fingerprint of the bootstrap key, in the letters of a label, that these labels of a server name. */
export function bootstrapLabel(labels: Record<string, string> = {}): string | undefined {
    return remembered({ labels }).bootstrap;
}

/** What tells one first contact from the next one, beside the server's id. */
export function occasion({ labels }: Contact): string {
    return [labels[CONTACT], labels[GIVEN]].filter((label) => label !== undefined).join(" ");
}

function remembered({ labels = {} }: Pick<Standing, "labels">) {
    const [, rebuilds, bootstrap] = /^(\d{1,6})\.([A-Za-z0-9_-]{43})$/.exec(labels[CONTACT] ?? "") ?? [];
    const [, given] = /^sha256\.([A-Za-z0-9_-]{43})$/.exec(labels[GIVEN] ?? "") ?? [];
    const kept = Object.entries({
        [CONTACT]: bootstrap === undefined ? undefined : labels[CONTACT],
        [GIVEN]: given === undefined ? undefined : labels[GIVEN],
    }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { labels: Object.fromEntries(kept), rebuilds: Number(rebuilds ?? 0), bootstrap, given };
}

/** A label may not begin with the - or _ that a fingerprint may begin with. */
const givenLabel = (fingerprint: string) => `sha256.${fingerprint}`;
