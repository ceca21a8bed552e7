import { createHash } from "node:crypto";
import { ApiError } from "./errors";
import type { Store } from "./store";

/** The id of a token for logs, never the token itself. */
export function tokenId(token: string): string {
    return hash(token).slice(0, 12);
}

/** The project's API tokens; only their hashes are kept. */
export class Tokens {
    constructor(private readonly store: Store) {}

    add(token: string, access: { readOnly: boolean }): void {
        this.store.saved.tokens[hash(token)] = access;
        this.store.changed();
    }

    revoke(token: string): void {
        delete this.store.saved.tokens[hash(token)];
        this.store.changed();
    }

    /**
     * @returns the token's id for logs
     * @throws ApiError 401 `unauthorized`; 401 `token_readonly` where the method writes and the token may not
     */
    check(authorization: string | undefined, method: string): string {
        const token = /^Bearer (\S+)$/.exec(authorization ?? "")?.[1] ?? "";
        const access = this.store.saved.tokens[hash(token)];
        if (!access) {
            throw new ApiError(401, "unauthorized", "unable to authenticate");
        }
        if (access.readOnly && method !== "GET" && method !== "HEAD") {
            throw new ApiError(401, "token_readonly", "the token is only allowed to perform GET requests");
        }
        return tokenId(token);
    }
}

function hash(token: string): string {
    return createHash("sha256").update(token).digest("hex");
}
