import * as pulumi from "@pulumi/pulumi";
import { bootstrapKey, bootstrapUserData } from "./bootstrapKey";
import type { Contact } from "./contact";
import { bootstrapLabel, contactOf } from "./contact";
import { shownKey } from "./greeting";
import type { Standing } from "../lookups";
import { fateOf } from "../orders";
import type { Outlook } from "../outlook";
import { updates } from "./remote";
import { itemAt } from "../spec/spec";
import type { JumpHost } from "./sshStream";

/** The first contact with a node's server, and the user data and labels that it needs. */
export interface NodeContact {
    contact: pulumi.Output<Contact>;
    /** For a new server. A secret, because it contains the private half of the bootstrap key. */
    userData: pulumi.Output<string>;
}

/** What all nodes of a pair share. */
export interface Meeting {
    pair: pulumi.Resource;
    outlook: pulumi.Output<Outlook>;
    sshPrivateKey: pulumi.Output<string>;
    via?: pulumi.Output<JumpHost>;
}

/** An update asks the server for its host keys first, because they decide what is registered with the engine. */
export function nodeContact(name: string, index: number, { pair, outlook, sshPrivateKey, via }: Meeting): NodeContact {
    // the plain text: an output of the pair would make each server wait for the whole pair
    const pairUrn = new Promise<string>((resolve) => pair.urn.apply(resolve));
    const key = pulumi.secret(
        pulumi.all([sshPrivateKey, pairUrn]).apply(([secret, urn]) => bootstrapKey(secret, `${urn} ${name}`)),
    );
    const contact = pulumi.all([outlook, key, via]).apply(async ([{ spec, standing }, { publicKey }, via]) => {
        const node = itemAt(spec.nodes, index);
        const server = standing[index];
        const fate = fateOf(node, server);
        const known = { pair: spec.name, fate, standing: server, bootstrap: publicKey, given: node.hostKey };
        const shown = fate === "kept" || fate === "resized" ? await shownBy(server, node.hostKey, via) : [];
        const contact = contactOf({ ...known, shown });
        if (contact.isAdopted && contact.hostKey === undefined) {
            const text = `The SSH host key of ${node.name} is not known, so this update trusts the first key that the server shows. To check it, set nodes[${index}].hostKey to the line of the server's /etc/ssh/ssh_host_ed25519_key.pub`;
            await pulumi.log.warn(text, pair);
        }
        return contact;
    });
    return { contact: pulumi.unsecret(contact), userData: key.apply(bootstrapUserData) };
}

/** The server's keys of the two types that matter: the type of the bootstrap key, and the type of the given key. */
async function shownBy(server: Standing | undefined, given: string | undefined, via?: JumpHost): Promise<string[]> {
    const host = server?.ipv4Address;
    if (!updates() || !host || server?.status !== "running") {
        return [];
    }
    const kinds = [
        ...(bootstrapLabel(server.labels) === undefined ? [] : ["ecdsa-sha2-nistp256"]),
        ...(given?.split(" ").slice(0, 1) ?? []),
    ];
    const keys = await Promise.all([...new Set(kinds)].map((kind) => shownKey({ host, via }, kind)));
    return keys.filter((key) => key !== undefined);
}
