import { chmodSync, rmSync } from "node:fs";
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import type { FaultRule } from "./apiFaults";
import type { Api } from "./server";
import type { Settings } from "./settings";
import { compileSchema, idSchema, object } from "./validation";

const number = { type: "number", minimum: 0 };
const text = { type: "string" };
/** The fields of each kind of fault. */
const KINDS: Record<FaultRule["kind"], string[]> = {
    error: ["status", "code"],
    latency: ["ms"],
    lostAnswer: [],
    dropRequest: [],
    hang: [],
    malformedJson: [],
    emptyBody: [],
    actionHangs: [],
    actionError: ["code"],
    actionMs: ["ms"],
    rateLimitExhausted: ["resetInSeconds"],
    refuseConnections: [],
    soldOut: ["serverType"],
    changeAliases: ["serverId", "networkId", "aliasIps"],
};
const faultFields = {
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: ["string", "null"] },
    message: text,
    headers: { type: "object", additionalProperties: text },
    ms: number,
    jitterMs: number,
    resetInSeconds: number,
    serverType: text,
    location: text,
    serverId: idSchema,
    networkId: idSchema,
    aliasIps: { type: "array", items: text },
    skip: number,
    count: number,
    forMs: number,
    match: {
        ...object({
            method: text,
            path: { type: "string", format: "regex" },
            token: text,
            sourceIp: text,
            serverId: idSchema,
            aliases: { enum: ["clear", "assign"] },
        }),
        additionalProperties: false,
    },
};
const faultSchema = {
    type: "object",
    required: ["kind"],
    properties: { kind: { enum: Object.keys(KINDS) }, ...faultFields },
    additionalProperties: false,
    allOf: Object.entries(KINDS).map(([kind, required]) => ({
        if: { properties: { kind: { const: kind } } },
        then: { required },
    })),
};
const timingSchema = {
    ...object({
        latencyMs: number,
        actionMs: number,
        rateLimit: { type: "integer", minimum: 1 },
        heldAliasCode: { enum: ["ip_not_available", "no_subnet_available"] },
        date: { type: ["string", "null"] },
    }),
    additionalProperties: false,
};

/** Adds the routes that steer the API: faults, audit log, timing, tokens, state. */
export function controlRoutes(app: FastifyInstance, api: Api): void {
    app.setValidatorCompiler(compileSchema);

    app.get("/faults", () => api.faults.list());
    app.post<{ Body: FaultRule }>("/faults", { schema: { body: faultSchema } }, ({ body }) => ({
        id: api.faults.add(body),
    }));
    app.delete("/faults", (_request, reply) => {
        api.faults.clear();
        return reply.code(204).send();
    });
    app.delete<{ Params: { id: number } }>(
        "/faults/:id",
        { schema: { params: object({ id: idSchema }) } },
        ({ params }, reply) => {
            api.faults.remove(params.id);
            return reply.code(204).send();
        },
    );

    const since = object({ since: { type: "integer", default: 0 } });
    app.get<{ Querystring: { since: number } }>("/audit", { schema: { querystring: since } }, ({ query }) =>
        api.auditSince(query.since),
    );

    app.get("/timing", () => api.settings());
    app.post<{ Body: Partial<Settings> }>("/timing", { schema: { body: timingSchema } }, ({ body }) => {
        api.setTiming(body);
        return api.settings();
    });

    const tokenSchema = object({ token: { type: "string", minLength: 1 }, readOnly: { type: "boolean" } }, "token");
    app.post<{ Body: { token: string; readOnly?: boolean } }>(
        "/tokens",
        { schema: { body: tokenSchema } },
        ({ body }, reply) => {
            api.addToken(body.token, { readOnly: body.readOnly ?? false });
            return reply.code(204).send();
        },
    );
    app.delete<{ Params: { token: string } }>("/tokens/:token", ({ params }, reply) => {
        api.revokeToken(params.token);
        return reply.code(204).send();
    });

    const lockSchema = object({ server: idSchema, ms: number }, "server", "ms");
    app.post<{ Body: { server: number; ms: number } }>(
        "/locks",
        { schema: { body: lockSchema } },
        ({ body }, reply) => {
            api.lock(body.server, body.ms);
            return reply.code(204).send();
        },
    );

    app.get("/state", () => api.state());
}

export interface Control {
    close(): Promise<void>;
}

/**
 * Serves the control routes on a unix socket that only its owner can open.
 * @param more further routes, of the program around the API
 */
export async function startControl(
    api: Api,
    socketPath: string,
    more: (app: FastifyInstance) => void = () => undefined,
): Promise<Control> {
    const app = Fastify({ forceCloseConnections: true });
    controlRoutes(app, api);
    more(app);
    // the socket of a process that was killed
    rmSync(socketPath, { force: true });
    await app.listen({ path: socketPath });
    chmodSync(socketPath, 0o600);
    return { close: () => app.close() };
}
