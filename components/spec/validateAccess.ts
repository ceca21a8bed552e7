import { LockedKeyError, readPrivateKey } from "../ssh/sshPrivateKey";
import type { KeyFacts } from "../ssh/sshPrivateKey";

const PUBLIC_KEY =
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]{40,}={0,2}( .*)?$/;
const PRIVATE_KEY = /^-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----\r?\n[^]+\r?\n-----END \1PRIVATE KEY-----\s*$/;

/** Why this is not a public key, or undefined. */
export function whyNotPublicKey(text: string): string | undefined {
    if (text.includes("PRIVATE KEY")) {
        return "this is a private key: give the public key, the content of the .pub file";
    }
    return PUBLIC_KEY.test(text.trim())
        ? undefined
        : "not a public key: give the content of the .pub file, one line such as ssh-ed25519 AAAA…";
}

/** Why this key cannot be used to log in, or undefined. The answer never contains the value. */
export function whyNotPrivateKey(text: string): string | undefined {
    if (PUBLIC_KEY.test(text.trim())) {
        return "this is a public key: give the private key, the file without .pub";
    }
    if (!PRIVATE_KEY.test(text.trim())) {
        return "not a private key in PEM or OpenSSH format: give the whole content of the file, with its line breaks";
    }
    try {
        return whyNotTaken(readPrivateKey(text));
    } catch (error) {
        return error instanceof LockedKeyError
            ? "the key has a passphrase: use a key without one"
            : "the key is damaged: give the whole content of the file, with its line breaks";
    }
}

/** Key types that OpenSSH no longer accepts from clients: the servers would be created, and every login would fail. */
function whyNotTaken({ kind, bits, publicLine }: KeyFacts): string | undefined {
    const isTaken = publicLine !== undefined && (kind !== "rsa" || bits >= 1024);
    return isTaken
        ? undefined
        : `the nodes' SSH servers refuse keys of this type (${kind}, ${bits} bits): create one with ssh-keygen -t ed25519`;
}

/**
 * The authorized_keys line, without a comment, of this private key. @throws if the key is damaged or has a passphrase
 */
export function publicHalf(privateKey: string): string {
    const { kind, publicLine } = readPrivateKey(privateKey);
    if (publicLine === undefined) {
        throw new Error(`the public half of a key of type ${kind} is not supported`);
    }
    return publicLine;
}

/** A public key's type and value. */
export function withoutComment(publicKey: string): string {
    return publicKey.trim().split(/ +/, 2).join(" ");
}

/** Why this cannot be a token of the cloud's API, or undefined. The answer never contains the value. */
export function whyNotToken(text: string): string | undefined {
    if (/^[A-Za-z0-9]{64}$/.test(text)) {
        return undefined;
    }
    const space = /\s/.test(text) ? ", with white space among them" : "";
    return `a token has 64 letters and digits, but this has ${text.length} characters${space}: set it with pulumi config set --secret, without quotes or line breaks`;
}
