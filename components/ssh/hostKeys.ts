import { createHash } from "crypto";

/**
 * The host key types that the command plugin can pin. RSA is not one: the plugin asks for SHA-1, which OpenSSH refuses
 * since 8.8.
 */
const PINNED = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) ([A-Za-z0-9+/]{40,}={0,2})( .*)?$/;

/** Type and value of a host key ("ssh-ed25519 AAAA…") in a line of a .pub file, or of known_hosts without the host. */
export function hostKeyOf(line: string): string {
    return line.trim().split(/\s+/).slice(0, 2).join(" ");
}

/** A host key as SSH sends it: the type, and the whole key in base64. */
export function hostKeyFrom(blob: Buffer): string {
    const type = blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
    return `${type} ${blob.toString("base64")}`;
}

/** The fingerprint as ssh and `ssh-keygen -l` print it: SHA256:…, without padding. */
export function fingerprint(hostKey: string): string {
    return `SHA256:${digest(hostKey).toString("base64").replace(/=+$/, "")}`;
}

/** The fingerprint in characters that a label of the cloud may have. Its last one is always a letter or a digit. */
export function labelOf(hostKey: string): string {
    return digest(hostKey).toString("base64url");
}

/** Why this is not a host key that can be pinned, or undefined. */
export function whyNotHostKey(text: string): string | undefined {
    const line = text.trim();
    if (line.includes("PRIVATE KEY")) {
        return "this is a private key: give the public key, the content of /etc/ssh/ssh_host_ed25519_key.pub";
    }
    if (/^(ssh-rsa|rsa-sha2-)/.test(line)) {
        return "an RSA host key cannot be pinned: give the server's ed25519 key, the content of /etc/ssh/ssh_host_ed25519_key.pub";
    }
    const [, type, , value] = PINNED.exec(line) ?? [];
    return type !== undefined && value !== undefined && hasType(Buffer.from(value, "base64"), type)
        ? undefined
        : "not a host key: give the content of the server's /etc/ssh/ssh_host_ed25519_key.pub, one line such as ssh-ed25519 AAAA…";
}

/** Whether the value names the same type as the word before it. In a line that was cut or joined it does not. */
function hasType(blob: Buffer, type: string): boolean {
    return blob.length > 4 + type.length && hostKeyFrom(blob).startsWith(`${type} `);
}

function digest(hostKey: string): Buffer {
    const [, value = ""] = hostKey.split(" ");
    return createHash("sha256").update(Buffer.from(value, "base64")).digest();
}
