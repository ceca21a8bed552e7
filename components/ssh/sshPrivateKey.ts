import type { KeyObject } from "crypto";
import { createPrivateKey, createPublicKey } from "crypto";
import { mpint, Reader, strings } from "./sshWire";

/** What a private key file says about the key. */
export interface KeyFacts {
    /** "rsa", "ecdsa", "ed25519", or the name of a type that nodes refuse. */
    kind: string;
    bits: number;
    /** The key's authorized_keys line without a comment; undefined for a type that nodes refuse. */
    publicLine?: string;
}

const OPENSSH = /^-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----$/;
const MAGIC = "openssh-key-v1\0";
const CURVES: Record<string, { name: string; bits: number }> = {
    "P-256": { name: "nistp256", bits: 256 },
    "P-384": { name: "nistp384", bits: 384 },
    "P-521": { name: "nistp521", bits: 521 },
};

export class LockedKeyError extends Error {}

/**
 * Reads a private key in OpenSSH's format, or in PEM (PKCS #1, SEC 1, PKCS #8).
 *
 * @throws LockedKeyError if it has a passphrase, another error if it is damaged
 */
export function readPrivateKey(text: string): KeyFacts {
    const [, body] = OPENSSH.exec(text.trim()) ?? [];
    if (body !== undefined) {
        return readOpenSsh(new Reader(Buffer.from(body, "base64")));
    }
    if (/ENCRYPTED/.test(text)) {
        throw new LockedKeyError();
    }
    return ofKeyObject(createPublicKey(createPrivateKey(text.trim())));
}

/** The public half is in plain text at the start of the file, and again inside the private half. */
function readOpenSsh(file: Reader): KeyFacts {
    if (file.take(MAGIC.length).toString("latin1") !== MAGIC) {
        throw new Error("no magic");
    }
    const cipher = file.text();
    file.string(); // the key derivation function
    file.string(); // and its options
    if (file.uint32() !== 1) {
        throw new Error("not one key");
    }
    const publicBlob = file.string();
    if (cipher !== "none") {
        throw new LockedKeyError();
    }
    const secret = new Reader(file.string());
    if (secret.uint32() !== secret.uint32()) {
        throw new Error("damaged");
    }
    const facts = ofBlob(publicBlob);
    if (facts.publicLine !== undefined) {
        checkHalves(new Reader(publicBlob), secret);
    }
    return facts;
}

/** The private half begins with the same values as the public half; for RSA, n and e are swapped. */
function checkHalves(open: Reader, secret: Reader): void {
    const [type, hidden] = [open.text(), secret.text()];
    const theirs = open.rest();
    const mine = theirs.map(() => secret.string());
    if (type === "ssh-rsa") {
        mine.reverse();
    }
    const isSame = type === hidden && theirs.every((value, i) => mine[i]?.equals(value));
    if (!isSame || secret.string().length === 0) {
        throw new Error("damaged");
    }
}

function ofBlob(blob: Buffer): KeyFacts {
    const reader = new Reader(blob);
    const type = reader.text();
    const values = reader.rest();
    const publicLine = `${type} ${blob.toString("base64")}`;
    const curve = Object.values(CURVES).find(({ name }) => type === `ecdsa-sha2-${name}`);
    if (type === "ssh-ed25519" && values[0]?.length === 32) {
        return { kind: "ed25519", bits: 256, publicLine };
    }
    if (curve) {
        return { kind: "ecdsa", bits: curve.bits, publicLine };
    }
    if (type === "ssh-rsa" && values.length === 2) {
        return { kind: "rsa", bits: bitsOf(values[1]), publicLine };
    }
    return type === "ssh-dss" ? { kind: "dsa", bits: bitsOf(values[0]) } : { kind: type, bits: bitsOf(values.at(-1)) };
}

function ofKeyObject(key: KeyObject): KeyFacts {
    const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details = {} } = key;
    const curve = details.namedCurve === undefined ? undefined : CURVES[key.export({ format: "jwk" }).crv ?? ""];
    if (!(type === "rsa" || type === "ed25519" || curve)) {
        return { kind: details.namedCurve ?? type, bits: details.modulusLength ?? 0 };
    }
    const { n, e, x, y } = key.export({ format: "jwk" });
    const bytes = (value?: string) => Buffer.from(value ?? "", "base64url");
    if (type === "rsa") {
        return ofBlob(strings("ssh-rsa", mpint(bytes(e)), mpint(bytes(n))));
    }
    return curve
        ? ofBlob(strings(`ecdsa-sha2-${curve.name}`, curve.name, Buffer.concat([Buffer.of(4), bytes(x), bytes(y)])))
        : ofBlob(strings("ssh-ed25519", bytes(x)));
}

function bitsOf(mpint: Buffer | undefined): number {
    const hex = mpint?.toString("hex").replace(/^0+/, "") ?? "";
    return hex === "" ? 0 : (hex.length - 1) * 4 + parseInt(hex.charAt(0), 16).toString(2).length;
}
