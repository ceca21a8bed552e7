import { createECDH, createHmac } from "crypto";
import type { ECDH } from "crypto";
import { mpint, strings, uint32 } from "./sshWire";

/** A key pair in the format of OpenSSH's files. */
export interface BootstrapKey {
    privateKey: string;
    /** "ecdsa-sha2-nistp256 AAAA…", without the comment. */
    publicKey: string;
}

const TYPE = "ecdsa-sha2-nistp256";
const CURVE = "nistp256";
/** The comment of the public key on the node, by which the key is found and removed. */
export const BOOTSTRAP_COMMENT = "failover-pair-bootstrap";

/**
 * The SSH host key that a node's server has at its first boot, and again after a rebuild, because it is in the user
 * data. It is derived, so that it need not be stored. Its type differs from the type of the key that replaces it
 * (ed25519): a node can show both for a moment, so an interrupted first contact can be repeated.
 *
 * @param name Unique to the node, because one private key may set up many pairs.
 */
export function bootstrapKey(sshPrivateKey: string, name: string): BootstrapKey {
    const curve = createECDH("prime256v1");
    const scalar = drawScalar(curve, sshPrivateKey.trim(), name);
    const publicBlob = strings(TYPE, CURVE, curve.getPublicKey());
    return {
        publicKey: `${TYPE} ${publicBlob.toString("base64")}`,
        privateKey: pem(publicBlob, curve.getPublicKey(), scalar),
    };
}

/** User data for cloud-init: the server gets this host key, and loses any host key of its image. */
export function bootstrapUserData({ privateKey, publicKey }: BootstrapKey): string {
    const keys = { ecdsa_private: privateKey, ecdsa_public: `${publicKey} ${BOOTSTRAP_COMMENT}` };
    // JSON is YAML
    return `#cloud-config\n${JSON.stringify({ ssh_deletekeys: true, ssh_keys: keys })}\n`;
}

/**
 * Nearly every number of 32 bytes is a private key of the curve. Node.js refuses the others; then the next number is
 * tried.
 */
function drawScalar(curve: ECDH, secret: string, name: string): Buffer {
    for (let draw = 0; ; draw++) {
        const scalar = createHmac("sha256", secret)
            .update(`failover-pair bootstrap host key\0${name}\0${draw}`)
            .digest();
        try {
            curve.setPrivateKey(scalar);
            return scalar;
        } catch {
            continue;
        }
    }
}

/** The content of an unencrypted private key file (OpenSSH's PROTOCOL.key). */
function pem(publicBlob: Buffer, point: Buffer, scalar: Buffer): string {
    // two equal numbers by which a reader checks its decryption; nothing is encrypted here
    const check = Buffer.alloc(8);
    const secrets = Buffer.concat([check, strings(TYPE, CURVE, point, mpint(scalar), BOOTSTRAP_COMMENT)]);
    const padding = Buffer.from(Array.from({ length: (8 - (secrets.length % 8)) % 8 }, (_, i) => i + 1));
    const body = Buffer.concat([
        Buffer.from("openssh-key-v1\0"),
        strings("none", "none", ""),
        uint32(1),
        strings(publicBlob, Buffer.concat([secrets, padding])),
    ]).toString("base64");
    const lines = body.match(/.{1,70}/g) ?? [];
    return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}
