import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ActionPlan } from "./actions";
import type { Audit, AuditEntry } from "./audit";
import type { Tokens } from "./auth";
import { answerFor } from "./answers";
import { ApiError } from "./errors";
import type { ActiveFault, ApiFault, Faults } from "./apiFaults";
import type { RateLimit } from "./rateLimit";
import { headers as rateLimitHeaders, rateLimitExceeded } from "./rateLimit";
import type { Settings } from "./settings";
import type { Store } from "./store";

/** The state of one request in the pipeline. */
export interface Trail {
    entry: AuditEntry;
    startedAt: number;
    faults: ActiveFault[];
    /** How faults change the actions of this request. */
    plan: ActionPlan;
    /** ms to wait before the answer is sent. */
    waitAfter: number;
}

declare module "fastify" {
    interface FastifyRequest {
        trail: Trail;
    }
}

/** A request and its answer, before a fault spoils it. */
export interface Exchange {
    method: string;
    /** `/v1/servers/:id`; null for a path or method that the API does not have. */
    route: string | null;
    requestBody: unknown;
    status: number;
    /** Null for none. */
    answer: string | null;
}

export interface PipelineParts {
    settings: Settings;
    store: Store;
    audit: Audit;
    tokens: Tokens;
    rateLimit: RateLimit;
    faults: Faults;
    /** For the fault of that name. */
    changeAliases: (fault: ApiFault & { kind: "changeAliases" }) => Promise<void>;
    /** Sees every answer that is JSON or empty. */
    onAnswer: ((exchange: Exchange) => void) | undefined;
}

/** The steps before the handler of every request, in this order: audit, latency, authentication, rate limit, faults. */
export function addPipeline(app: FastifyInstance, parts: PipelineParts): void {
    const { settings, store, audit, tokens, rateLimit, faults } = parts;

    app.server.on("connection", (socket: Socket) => {
        if (faults.refuses(plainAddress(socket.remoteAddress))) {
            socket.resetAndDestroy();
        }
    });

    app.addHook("onRequest", async (request, reply) => {
        const { method, url } = request;
        const sourceIp = plainAddress(request.ip);
        const time = new Date().toISOString();
        const noAnswer = { status: null, code: null, ms: null, faults: [] };
        const entry = audit.add({ time, method, path: url, body: null, token: null, sourceIp, ...noAnswer });
        const wait = settings.latencyMs / 2;
        request.trail = { entry, startedAt: performance.now(), faults: [], plan: {}, waitAfter: wait };
        void reply.header("x-correlation-id", randomBytes(8).toString("hex"));
        await pause(wait);

        const [token, refusal] = attempt(() => tokens.check(request.headers.authorization, method));
        entry.token = token ?? null;
        const taken = rateLimit.take(refusal?.status === 401 && refusal.code === "unauthorized" ? sourceIp : "project");
        void reply.headers(taken.headers);
        if (taken.refused) {
            throw rateLimitExceeded();
        }
        if (refusal) {
            throw refusal;
        }
    });

    // the earliest step in which the body is known: faults may match it
    app.addHook("preValidation", async (request, reply) => {
        const { trail } = request;
        if (request.method !== "GET") {
            request.body ??= {};
            trail.entry.body = request.body;
        }
        const { method, path, sourceIp, token: tokenId } = trail.entry;
        trail.faults = faults.hit({ method, path, sourceIp, tokenId, body: request.body });
        trail.entry.faults = trail.faults.map(({ rule }) => rule.kind);
        for (const fault of trail.faults) {
            await applyBefore(fault, request, reply, parts);
            if (reply.sent) {
                return reply;
            }
        }
    });

    app.addHook("onSend", async (request, reply, payload) => {
        const { trail } = request;
        await pause(trail.waitAfter);
        trail.entry.status = reply.statusCode;
        trail.entry.code ??= null;
        trail.entry.ms = Math.round(performance.now() - trail.startedAt);
        if (request.method !== "GET") {
            store.changed();
        }
        if (reply.getHeader("content-type") !== "text/html") {
            const answer = typeof payload === "string" && payload !== "" ? payload : null;
            const route = request.is404 ? null : (request.routeOptions.url ?? null);
            const { method, body } = request;
            parts.onAnswer?.({ method, route, requestBody: body, status: reply.statusCode, answer });
        }
        return trail.faults.reduce((answer, { rule }) => spoil(rule, request, reply, answer), payload);
    });

    app.setErrorHandler((error, request, reply) => {
        const answer = answerFor(error);
        request.trail.entry.code = answer.code;
        return reply.code(answer.status).send(answer.body());
    });
}

async function applyBefore(
    fault: ActiveFault,
    request: FastifyRequest,
    reply: FastifyReply,
    parts: PipelineParts,
): Promise<void> {
    const { rule } = fault;
    const { trail } = request;
    switch (rule.kind) {
        case "latency": {
            const jitter = (parts.faults.random() * 2 - 1) * (rule.jitterMs ?? 0);
            const half = Math.max(0, rule.ms + jitter) / 2;
            trail.waitAfter += half;
            return pause(half);
        }
        case "changeAliases":
            return parts.changeAliases(rule);
        case "dropRequest":
            reply.hijack();
            request.raw.socket.destroy();
            return;
        case "hang":
            reply.hijack();
            void fault.removed.then(() => request.raw.socket.destroy());
            return;
        case "error":
            return fail(rule, trail, reply);
        case "rateLimitExhausted":
            return exhaust(fault, rule.resetInSeconds, reply, parts.settings);
        case "actionHangs":
            trail.plan.hang = fault.removed;
            return;
        case "actionError":
            trail.plan.error = { code: rule.code, message: rule.message ?? rule.code };
            return;
        case "actionMs":
            trail.plan.ms = rule.ms;
            return;
        case "lostAnswer":
        case "malformedJson":
        case "emptyBody":
        case "refuseConnections":
        case "soldOut":
            return; // not before the handler
    }
}

async function fail(rule: ApiFault & { kind: "error" }, trail: Trail, reply: FastifyReply): Promise<void> {
    const { status, code, message = code ?? "", headers = {} } = rule;
    void reply.headers(headers);
    if (code !== null) {
        throw new ApiError(status, code, message);
    }
    trail.entry.code = null;
    await reply.code(status).type("text/html").send(`<html><body><h1>${status}</h1></body></html>\n`);
}

function exhaust(fault: ActiveFault, resetInSeconds: number, reply: FastifyReply, settings: Settings): void {
    const resetAt = fault.addedAt + resetInSeconds * 1000;
    if (Date.now() < resetAt) {
        void reply.headers(rateLimitHeaders(settings.rateLimit, 0, resetAt));
        throw rateLimitExceeded();
    }
}

/** Faults that spoil the answer after the handler has acted. */
function spoil(rule: ApiFault, request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    if (rule.kind === "lostAnswer") {
        request.trail.entry.status = null;
        request.raw.socket.destroy();
    }
    if (rule.kind === "malformedJson" && typeof payload === "string") {
        return payload.slice(0, Math.ceil(payload.length / 2));
    }
    if (rule.kind === "emptyBody") {
        void reply.removeHeader("content-type");
        return "";
    }
    return payload;
}

function pause(ms: number): Promise<void> {
    return ms > 0 ? delay(ms) : Promise.resolve();
}

function attempt<T>(check: () => T): [T, undefined] | [undefined, ApiError] {
    try {
        return [check(), undefined];
    } catch (error) {
        if (error instanceof ApiError) {
            return [undefined, error];
        }
        throw error;
    }
}

/** An IPv4 client of a dual-stack socket shows up as ::ffff:192.0.2.1. */
export function plainAddress(address = ""): string {
    return address.replace(/^::ffff:/, "");
}
