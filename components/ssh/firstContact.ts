import type * as command from "@pulumi/command";
import type * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { arrived } from "../arrived";
import { BOOTSTRAP_COMMENT } from "./bootstrapKey";
import type { Contact } from "./contact";
import { occasion } from "./contact";
import { fateOf } from "../orders";
import type { Outlook } from "../outlook";
import { failure } from "../spec/problem";
import type { Access, RemoteStep } from "./remote";
import { remoteStep } from "./remote";

/** Tries, of which each takes 5 s at most and is followed by a pause of 5 s at most: five to ten minutes. */
const FIRST_CONTACT = 60;

const BOOTSTRAP_FILE = "/etc/ssh/ssh_host_ecdsa_key";
const KEY = "/etc/ssh/ssh_host_ed25519_key";

// A server whose first boot went wrong in a detail is still a server: what matters shows in the steps that follow.
// cloud-init 22.4 (Debian 12) calls itself done between two of its stages: the result file tells.
// A server with the bootstrap key makes its own one, beside it: the bootstrap key goes when the own one is known.
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

/** Takes the bootstrap key away, once the node's own key is known: every user of the node can read the user data. */
export const FORGET_BOOTSTRAP = `if grep -qs ${BOOTSTRAP_COMMENT} ${BOOTSTRAP_FILE}.pub; then rm -f ${BOOTSTRAP_FILE}* && systemctl reload ssh; fi`;

/**
 * What an update never changes on a server that is there. Another key or user data is not a reason for a new server. The
 * rest belongs to the person who changed it in the console: with `backups` off in the program, an update after a refresh
 * would delete every backup; with `iso` or `rescue` it would reset the server.
 */
export const LEFT_ALONE = ["sshKeys", "userData", "backups", "iso", "rescue"];

/** Whatever of the first contact may change, such as the SSH key in use, is not a reason to repeat it. */
const MET = ["stdin", "connection", "create", "update"];

/** What is known of a node before its steps. */
export interface Encounter {
    index: number;
    outlook: pulumi.Output<Outlook>;
    contact: pulumi.Output<Contact>;
    server: hcloud.Server;
}

/** The step that meets a server for the first time, and after a rebuild; it prints the host key that is pinned from then on. */
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
            isDue: isDue(encounter).apply((due) => {
                if (due === "unknown host key") {
                    const text = `FailoverPair: nothing is known of the SSH host key of the new server: set nodes[${index}].hostKey to the line of its /etc/ssh/ssh_host_ed25519_key.pub, and run \`pulumi up\``;
                    throw failure(text, step.parent);
                }
                return due;
            }),
            ignoring: () => ignoredOfContact(encounter),
        },
    );
}

/** Whether the server is met in this update. Without the cloud's answer it is not, unless the state knows of no meeting. */
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

/** The inputs of the first contact that keep their old values. In a preview a server that is to be made has no id. */
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
 * A server that is to be replaced gets the user data of today; the engine would keep the old ones, and an older release gave
 * none. Without the cloud's answer the labels stay as well, for they say what the server showed.
 */
export function ignoredAtServer(outlook: Outlook | undefined, index: number): string[] {
    if (outlook?.isAnswered === false) {
        return [...LEFT_ALONE, "labels"];
    }
    const isReplaced =
        outlook !== undefined && fateOf(outlook.spec.nodes[index], outlook.standing[index]) === "replaced";
    return LEFT_ALONE.filter((input) => !isReplaced || input !== "userData");
}
