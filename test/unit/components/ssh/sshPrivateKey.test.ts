import { expect } from "chai";
import { generateKeyPairSync } from "crypto";
import * as ssh2 from "ssh2";
import { publicHalf, whyNotPrivateKey } from "../../../../components/spec/validateAccess";

const PKCS8 = { privateKeyEncoding: { type: "pkcs8", format: "pem" } } as const;
const SPKI = { publicKeyEncoding: { type: "spki", format: "pem" } } as const;
const PKCS1 = { privateKeyEncoding: { type: "pkcs1", format: "pem" } } as const;
const SEC1 = { privateKeyEncoding: { type: "sec1", format: "pem" } } as const;

/** Node.js's types do not know that keys in PEM are strings, however the options are made. */
const generate = generateKeyPairSync as unknown as (
    type: string,
    options: object,
) => { privateKey: string; publicKey: string };
const curve = (namedCurve: string) => ({ namedCurve, ...SPKI });
const rsa = (modulusLength: number) => ({ modulusLength, ...SPKI });

/** The key as another parser reads it. */
function expected(privateKey: string): string {
    const parsed = ssh2.utils.parseKey(privateKey) as ssh2.ParsedKey;
    return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}

function openSsh(type: "ed25519" | "rsa" | "ecdsa", options: object = {}): string {
    for (;;) {
        const { private: key } = ssh2.utils.generateKeyPairSync(type as "rsa", options as { bits: number });
        // ssh2 1.17 creates an unreadable ed25519 key about once in 200 times
        if ("passphrase" in options || !(ssh2.utils.parseKey(key) instanceof Error)) {
            return key;
        }
    }
}

const TAKEN: Record<string, () => string> = {
    "ed25519 of OpenSSH": () => openSsh("ed25519"),
    "rsa of OpenSSH": () => openSsh("rsa", { bits: 2048 }),
    "ecdsa 256 of OpenSSH": () => openSsh("ecdsa", { bits: 256 }),
    "ecdsa 384 of OpenSSH": () => openSsh("ecdsa", { bits: 384 }),
    "ecdsa 521 of OpenSSH": () => openSsh("ecdsa", { bits: 521 }),
    "rsa in PKCS #1": () => generate("rsa", { ...rsa(2048), ...PKCS1 }).privateKey,
    "rsa of 1024 bits": () => generate("rsa", { ...rsa(1024), ...PKCS1 }).privateKey,
    "ecdsa 256 in SEC 1": () => generate("ec", { ...curve("P-256"), ...SEC1 }).privateKey,
    "ecdsa 521 in SEC 1": () => generate("ec", { ...curve("P-521"), ...SEC1 }).privateKey,
};
const TAKEN_IN_PKCS8: Record<string, () => { privateKey: string; publicKey: string }> = {
    rsa: () => generate("rsa", { ...rsa(2048), ...PKCS8 }),
    "ecdsa 256": () => generate("ec", { ...curve("P-256"), ...PKCS8 }),
    "ecdsa 384": () => generate("ec", { ...curve("P-384"), ...PKCS8 }),
    ed25519: () => generate("ed25519", { ...SPKI, ...PKCS8 }),
};
const REFUSED: Record<string, [reason: string, make: () => string]> = {
    "a passphrase in OpenSSH's form": [
        "the key has a passphrase",
        () => openSsh("ed25519", { passphrase: "x", cipher: "aes256-ctr", rounds: 1 }),
    ],
    "a passphrase in PKCS #8": [
        "the key has a passphrase",
        () => {
            const locked = { ...PKCS8.privateKeyEncoding, cipher: "aes-256-cbc", passphrase: "x" };
            return generate("ed25519", { ...SPKI, privateKeyEncoding: locked }).privateKey;
        },
    ],
    "a curve that SSH does not have": [
        "keys of this type (secp256k1",
        () => generate("ec", { ...curve("secp256k1"), ...PKCS8 }).privateKey,
    ],
    ed448: ["keys of this type (ed448", () => generate("ed448", { ...SPKI, ...PKCS8 }).privateKey],
    "a file that was cut off": ["the key is damaged", () => cut(openSsh("ed25519"), 60)],
    "halves that do not belong together": ["the key is damaged", () => mixed(openSsh("ed25519"), openSsh("ed25519"))],
    noise: ["the key is damaged", () => "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"],
};

function bytesOf(key: string): Buffer {
    return Buffer.from(key.split("\n").slice(1, -2).join("") || key.split("\n").slice(1, -1).join(""), "base64");
}

function fileOf(bytes: Buffer): string {
    return `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString("base64")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function cut(key: string, bytes: number): string {
    const data = bytesOf(key);
    return fileOf(data.subarray(0, data.length - bytes));
}

/** The public half of the first key, which ends at byte 98, before the private half of the other. */
function mixed(one: string, other: string): string {
    return fileOf(Buffer.concat([bytesOf(one).subarray(0, 98), bytesOf(other).subarray(98)]));
}

describe("a private SSH key", function () {
    this.timeout(30_000);

    for (const [about, make] of Object.entries(TAKEN)) {
        it(`is taken: ${about}`, () => {
            const key = make();
            for (const text of [key, `\n ${key}\n`, key.replace(/\n/g, "\r\n")]) {
                expect(whyNotPrivateKey(text)).to.equal(undefined);
                expect(publicHalf(text)).to.equal(expected(key));
            }
        });
    }

    for (const [about, make] of Object.entries(TAKEN_IN_PKCS8)) {
        it(`is taken in PKCS #8: ${about}`, () => {
            const { privateKey, publicKey } = make();
            expect(whyNotPrivateKey(privateKey)).to.equal(undefined);
            const parsed = ssh2.utils.parseKey(publicHalf(privateKey)) as ssh2.ParsedKey;
            const pem = (text: string) => text.replace(/\s|-----.*?-----/g, "");
            expect(pem(parsed.getPublicPEM())).to.equal(pem(publicKey));
        });
    }

    for (const [about, [reason, make]] of Object.entries(REFUSED)) {
        it(`is refused: ${about}`, () => expect(whyNotPrivateKey(make())).to.include(reason));
    }
});
