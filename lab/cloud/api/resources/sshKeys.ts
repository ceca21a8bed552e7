import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { deleteRoute, mustBeUnique, readRoutes, updateRoute } from "../collection";
import type { Context } from "../context";
import { invalidInput, notUnique } from "../errors";
import type { Kinds } from "../kinds";
import { newResource } from "../kinds";
import { labelsSchema, nameSchema, object } from "../validation";

interface CreateSshKey {
    name: string;
    public_key: string;
    labels?: Record<string, string>;
}

const SCHEMA = object({ name: nameSchema, public_key: { type: "string" }, labels: labelsSchema }, "name", "public_key");
const TYPES = /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

export function sshKeyRoutes(app: FastifyInstance, ctx: Context, { sshKey: kind }: Kinds): void {
    readRoutes(app, kind);
    updateRoute(app, ctx, kind);
    deleteRoute(app, ctx, kind);

    app.post<{ Body: CreateSshKey }>("/ssh_keys", { schema: { body: SCHEMA } }, (request, reply) => {
        const { name, public_key, labels } = request.body;
        mustBeUnique(kind, name);
        const fingerprint = fingerprintOf(public_key);
        if ([...kind.items.values()].some((key) => key.fingerprint === fingerprint)) {
            throw notUnique("public_key", "SSH key with the same fingerprint already exists");
        }
        const key = { ...newResource(ctx, name, labels), fingerprint, publicKey: public_key };
        kind.items.set(key.id, key);
        void reply.code(201);
        return { ssh_key: kind.view(key) };
    });
}

/**
 * MD5 of the key's binary part, in colon form, as `ssh-keygen -E md5 -l` prints it.
 * @throws ApiError `invalid_input` if it is not a public key
 */
export function fingerprintOf(publicKey: string): string {
    const [type = "", base64 = ""] = publicKey.trim().split(/\s+/);
    const blob = Buffer.from(base64, "base64");
    const inner = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString() : "";
    if (!TYPES.test(type) || inner !== type) {
        throw invalidInput({ public_key: ["is not a valid SSH public key"] });
    }
    return createHash("md5").update(blob).digest("hex").match(/../g)!.join(":");
}
