import { hostKeyOf, labelOf } from "./hostKeys";
import type { Standing } from "../lookups";
import type { Fate } from "../orders";

/** How often a server was rebuilt, and the fingerprint of its bootstrap key: "0.uNiVztks…". */
const CONTACT = "failover-pair-contact";
/** The fingerprint of the host key that was given for a server, as `nodes[].hostKey`. */
const GIVEN = "failover-pair-host-key";

/** How a node's server is identified at the first contact, and whether the contact is repeated. */
export interface Contact {
    /** The labels of the server: the cloud keeps what Pulumi's state cannot. */
    labels: Record<string, string>;
    /**
     * The key that the server must show. Without it, an imported server is trusted and every other server is refused.
     */
    hostKey?: string;
    /** The server is kept but needs a new first contact: it was rebuilt, or another host key was given for it. */
    again: boolean;
    /** The pair did not create the server; this update imports it. */
    isAdopted: boolean;
    /** How many times the server was found rebuilt. */
    rebuilds: number;
}

/** What is known about a server before its resource is registered. */
export interface Known {
    pair: string;
    fate: Fate;
    standing?: Standing;
    /** The public half of a new server's bootstrap key. */
    bootstrap: string;
    /** `nodes[].hostKey`. */
    given?: string;
    /** The host keys that the server shows: none in a preview, and none while it cannot be reached. */
    shown: string[];
}

/**
 * A server that this release creates has its bootstrap key in its user data, and shows it until the first contact
 * replaces it. If it shows that key again, it has a new disk. A server without the label was created by an older
 * release or outside the pair: its user data is unknown, so its key proves nothing.
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
    // used only if the state has lost the first contact, for example after a destroy that the cloud refused: then the
    // label is the only record of the node's own key
    const met = memory.bootstrap === undefined ? key : (key ?? shown[0] ?? bootstrap);
    return { ...stays, hostKey: met, isAdopted };
}

/** The fingerprint of the bootstrap key in these labels of a server. */
export function bootstrapLabel(labels: Record<string, string> = {}): string | undefined {
    return remembered({ labels }).bootstrap;
}

/** Identifies a first contact, together with the server's id. A new value repeats the contact. */
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

/** A fingerprint can begin with - or _, but a label cannot. */
const givenLabel = (fingerprint: string) => `sha256.${fingerprint}`;
