import { createHash } from "crypto";

/** The kinds of host keys that the command plugin can pin: for RSA it asks for SHA-1, which OpenSSH refuses since 8.8. */
const PINNED = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) ([A-Za-z0-9+/]{40,}={0,2})( .*)?$/;

/** Type and value of a host key, "ssh-ed25519 AAAA…", from a line of a .pub file or of known_hosts without its host. */
export function hostKeyOf(line: string): string {
    return line.trim().split(/\s+/).slice(0, 2).join(" ");
}

/** A host key as it travels: the type, and the whole in base64. */
export function hostKeyFrom(blob: Buffer): string {
    const type = blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
    return `${type} ${blob.toString("base64")}`;
}

/** As `ssh-keygen -l` and ssh's own messages show it: SHA256:…, without padding. */
export function fingerprint(hostKey: string): string {
    return `SHA256:${digest(hostKey).toString("base64").replace(/=+$/, "")}`;
}

/** The fingerprint in letters that a label of the cloud may have; the last one is always a letter or a digit. */
export function labelOf(hostKey: string): string {
    return digest(hostKey).toString("base64url");
}

/** Why this is not a host key that a node can be known by, or undefined. */
export function whyNotHostKey(text: string): string | undefined {
    const line = text.trim();
    if (line.includes("PRIVATE KEY")) {
        return "it is a private key: give the public one, the content of /etc/ssh/ssh_host_ed25519_key.pub";
    }
    if (/^(ssh-rsa|rsa-sha2-)/.test(line)) {
        return "an RSA host key cannot be pinned: give the server's other one, the content of /etc/ssh/ssh_host_ed25519_key.pub";
    }
    const [, type, , value] = PINNED.exec(line) ?? [];
    return type !== undefined && hasType(Buffer.from(value, "base64"), type)
        ? undefined
        : "it is not a host key: give the content of the server's /etc/ssh/ssh_host_ed25519_key.pub, one line such as ssh-ed25519 AAAA…";
}

/** Whether the value says the same type as the word before it: a line that was cut or glued together does not. */
function hasType(blob: Buffer, type: string): boolean {
    return blob.length > 4 + type.length && hostKeyFrom(blob).startsWith(`${type} `);
}

function digest(hostKey: string): Buffer {
    const [, value = ""] = hostKey.split(" ");
    return createHash("sha256").update(Buffer.from(value, "base64")).digest();
}
