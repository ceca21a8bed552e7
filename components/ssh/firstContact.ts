import type * as command from "@pulumi/command";
import type * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { arrived } from "../arrived";
import { BOOTSTRAP_COMMENT } from "./bootstrapKey";
import type { Contact } from "./contact";
import { occasion } from "./contact";
import { fateOf } from "../orders";
import type { Outlook } from "../outlook";
import { failure } from "../spec/invalidArgument";
import { itemAt } from "../spec/spec";
import { refusable } from "../refusable";
import type { Access, RemoteStep } from "./remote";
import { remoteStep } from "./remote";

/** Each try takes up to 5 s and is followed by a pause of up to 5 s: five to ten minutes. */
const FIRST_CONTACT = 60;

const BOOTSTRAP_FILE = "/etc/ssh/ssh_host_ecdsa_key";
const KEY = "/etc/ssh/ssh_host_ed25519_key";

// Errors of the first boot are ignored here: those that matter show in the next steps. cloud-init 22.4 (Debian 12)
// reports "done" between two of its stages, so the script waits for the result file. A server with the bootstrap key
// creates its own key beside it; the bootstrap key is removed when the own key is known.
const READY = `
if command -v cloud-init >/dev/null && ! cloud-init status | grep -q disabled; then
    timeout 600 sh -c 'cloud-init status --wait; until [ -e /run/cloud-init/result.json ]; do sleep 0.2; done' >/dev/null 2>&1 || true
fi
key=${KEY}
if grep -qs ${BOOTSTRAP_COMMENT} ${BOOTSTRAP_FILE}.pub; then
    if [ ! -s $key.pub ]; then
        rm -f $key $key.new* && ssh-keygen -q -t ed25519 -N '' -C '' -f $key.new && mv $key.new $key && mv $key.new.pub $key.pub || exit 1
    fi
    systemctl reload ssh && timeout 30 sh -c 'until ssh-keyscan -t ed25519 127.0.0.1 2>/dev/null | grep -q ssh-ed25519; do sleep 0.2; done' || exit 1
fi
cut -d ' ' -f 1,2 $key.pub
`.trim();

/**
 * Removes the bootstrap key when the node's own key is known, because every user of the node can read the user data.
 */
export const FORGET_BOOTSTRAP = `if grep -qs ${BOOTSTRAP_COMMENT} ${BOOTSTRAP_FILE}.pub; then rm -f ${BOOTSTRAP_FILE}* && systemctl reload ssh; fi`;

/**
 * What an update never changes on an existing server. A new key or new user data must not replace the server. The rest
 * may have been changed in the console: with `backups` off in the program, an update after a refresh would delete every
 * backup; with `iso` or `rescue` it would reset the server.
 */
export const LEFT_ALONE = ["sshKeys", "userData", "backups", "iso", "rescue"];

/** A change of these, such as the SSH key in use, does not repeat the first contact. */
const MET = ["stdin", "connection", "create", "update"];

/** What is known about a node before its steps. */
export interface Encounter {
    index: number;
    outlook: pulumi.Output<Outlook>;
    contact: pulumi.Output<Contact>;
    server: hcloud.Server;
}

/**
 * The step for the first contact with a server, and after a rebuild. It prints the host key, which every later step
 * pins.
 */
export function firstContact(
    name: string,
    access: Access,
    step: Omit<RemoteStep, "script" | "secretOutput">,
    encounter: Encounter,
): command.remote.Command {
    const { contact, server, index } = encounter;
    const hostKey = contact.apply(({ hostKey }) => hostKey as string);
    const stdin = pulumi.all([server.id, contact]).apply(([id, contact]) => `${id} ${occasion(contact)}`.trim());
    return remoteStep(
        name,
        { ...access, hostKey, dialErrorLimit: FIRST_CONTACT },
        {
            ...step,
            script: READY,
            stdin,
            secretOutput: false,
            isDue: isDue(encounter).apply((due) =>
                refusable(() => {
                    if (due === "unknown host key") {
                        const text = `FailoverPair: the SSH host key of the new server is unknown: set nodes[${index}].hostKey to the line of its /etc/ssh/ssh_host_ed25519_key.pub, and run \`pulumi up\``;
                        throw failure(text, step.parent);
                    }
                    return due;
                }),
            ),
            ignoring: () => ignoredOfContact(encounter),
        },
    );
}

/** Whether this update makes the first contact. Without the cloud's answer it does so only if the state has none. */
function isDue({ outlook, contact, server, index }: Encounter): pulumi.Output<boolean | "unknown host key"> {
    return pulumi.all([outlook, contact, server.id]).apply(([{ standing, isAnswered }, contact, id]) => {
        const due = isAnswered && (contact.again || contact.isAdopted || id !== String(standing[index]?.id));
        return due && contact.hostKey === undefined && !contact.isAdopted ? "unknown host key" : due;
    });
}

async function ignoredOfContact({ outlook, contact, server, index }: Encounter): Promise<string[]> {
    const [ahead, how, id] = await Promise.all([arrived(outlook), arrived(contact), arrived(server.id)]);
    return ignoredAtContact(
        ahead?.value.isAnswered ? how?.value : undefined,
        id?.value,
        ahead?.value.standing[index]?.id,
    );
}

/** The inputs of the first contact that keep their old values. In a preview a new server has no id. */
export function ignoredAtContact(
    contact: Contact | undefined,
    id: string | undefined,
    standing: number | undefined,
): string[] {
    const isMet = contact === undefined || (!contact.again && id === String(standing));
    return isMet ? MET : [];
}

/** The inputs of a node's server that keep their old values. */
export async function ignoredOfServer(outlook: pulumi.Output<Outlook>, index: number): Promise<string[]> {
    return ignoredAtServer((await arrived(outlook))?.value, index);
}

/**
 * A server that is replaced gets new user data: the engine would keep the old value, and an older release set none.
 * Without the cloud's answer the labels are kept too, because they record which key the server showed.
 */
export function ignoredAtServer(outlook: Outlook | undefined, index: number): string[] {
    if (outlook?.isAnswered === false) {
        const { networkZone, hasDefaultType } = itemAt(outlook.spec.nodes, index);
        return [...LEFT_ALONE, "labels", ...(hasDefaultType && networkZone === undefined ? ["serverType"] : [])];
    }
    const isReplaced =
        outlook !== undefined && fateOf(itemAt(outlook.spec.nodes, index), outlook.standing[index]) === "replaced";
    return LEFT_ALONE.filter((input) => !isReplaced || input !== "userData");
}
