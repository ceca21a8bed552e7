import { LockedKeyError, readPrivateKey } from "../ssh/sshPrivateKey";
import type { KeyFacts } from "../ssh/sshPrivateKey";

const PUBLIC_KEY =
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]{40,}={0,2}( .*)?$/;
const PRIVATE_KEY = /^-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----\r?\n[^]+\r?\n-----END \1PRIVATE KEY-----\s*$/;

/** Why this is no public key, or undefined. */
export function whyNotPublicKey(text: string): string | undefined {
    if (text.includes("PRIVATE KEY")) {
        return "it is a private key: give the public one, the content of the .pub file";
    }
    return PUBLIC_KEY.test(text.trim())
        ? undefined
        : "it is no public key: give the content of the .pub file, one line such as ssh-ed25519 AAAA…";
}

/** Why nobody could log in with this key, or undefined. The value is never part of the answer. */
export function whyNotPrivateKey(text: string): string | undefined {
    if (PUBLIC_KEY.test(text.trim())) {
        return "it is a public key: give the private one, the file without .pub";
    }
    if (!PRIVATE_KEY.test(text.trim())) {
        return "it is no private key in PEM or OpenSSH form: give the whole content of the file, line breaks included";
    }
    try {
        return whyNotTaken(readPrivateKey(text));
    } catch (error) {
        return error instanceof LockedKeyError
            ? "it is locked by a passphrase, which nobody is there to type: give a key without one"
            : "it is damaged: give the whole content of the file, line breaks included";
    }
}

/** Kinds that OpenSSH does not take from a client any more: the servers would be made, and never let it in. */
function whyNotTaken({ kind, bits, publicLine }: KeyFacts): string | undefined {
    const isTaken = publicLine !== undefined && (kind !== "rsa" || bits >= 1024);
    return isTaken
        ? undefined
        : `the nodes' SSH servers refuse a key of this kind (${kind}, ${bits} bits): make one by ssh-keygen -t ed25519`;
}

/** The authorized_keys line, without a comment, that lets this private key in. @throws if it is not one without a passphrase */
export function publicHalf(privateKey: string): string {
    const { kind, publicLine } = readPrivateKey(privateKey);
    if (publicLine === undefined) {
        throw new Error(`a key of the kind ${kind} has no public half here`);
    }
    return publicLine;
}

/** A public key's type and value. */
export function withoutComment(publicKey: string): string {
    return publicKey.trim().split(/ +/, 2).join(" ");
}

/** Why this cannot be a token of the cloud's API, or undefined. The value is never part of the answer. */
export function whyNotToken(text: string): string | undefined {
    if (/^[A-Za-z0-9]{64}$/.test(text)) {
        return undefined;
    }
    const space = /\s/.test(text) ? ", and there is white space in it" : "";
    return `a token is 64 letters and digits, this has ${text.length} characters${space}: set it with pulumi config set --secret, without quotes or line breaks`;
}
