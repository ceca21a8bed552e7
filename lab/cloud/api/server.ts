import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import type { FastifyInstance } from "fastify";
import type { Fabric } from "../fabric/types";
import { projectActionRoutes, resourceActionRoutes } from "./actionRoutes";
import { Actions } from "./actions";
import { acceptAnyJson, answerUnknown } from "./answers";
import type { AuditEntry } from "./audit";
import { Audit } from "./audit";
import { Tokens } from "./auth";
import { checkDate } from "./changes";
import type { Context } from "./context";
import { Faults } from "./apiFaults";
import { kindsOf } from "./kinds";
import type { MetadataHandler } from "./metadata";
import { metadataFor } from "./metadata";
import type { Exchange } from "./pipeline";
import { addPipeline } from "./pipeline";
import { RateLimit } from "./rateLimit";
import { catalogRoutes } from "./resources/catalog";
import { firewallActionRoutes } from "./resources/firewallActions";
import { firewallRoutes } from "./resources/firewalls";
import { floatingIpRoutes } from "./resources/floatingIps";
import { imageRoutes } from "./resources/images";
import { memberRoutes } from "./resources/members";
import { networkActionRoutes } from "./resources/networkActions";
import { networkRoutes } from "./resources/networks";
import { placementGroupRoutes } from "./resources/placementGroups";
import { followPower, lockServer } from "./resources/power";
import { primaryIpRoutes } from "./resources/primaryIps";
import { serverActionRoutes } from "./resources/serverActions";
import { forceAliases, serverNetworkActionRoutes } from "./resources/serverNetworkActions";
import { serverRoutes } from "./resources/servers";
import { sshKeyRoutes } from "./resources/sshKeys";
import { rebuildFabric } from "./restore";
import type { Settings } from "./settings";
import { DEFAULTS } from "./settings";
import { Store } from "./store";
import { compileSchema } from "./validation";

export interface ApiOptions {
    fabric: Fabric;
    /** The first API token of the project, read and write. */
    token: string;
    /** PEM; null serves plain HTTP. */
    tls: { key: string; cert: string } | null;
    host: string;
    /** 0 takes a free one. */
    port: number;
    /** Where the state is kept; null keeps it in memory only. */
    stateFile: string | null;
    /** Default 60. */
    latencyMs?: number;
    /** Default 800. */
    actionMs?: number;
    /** YYYY-MM-DD, from 2026-07-01 on; default the machine's. */
    date?: string | null;
    /** Of the random numbers in faults; default 1. */
    seed?: number;
    /** Sees every answer, as it is before a fault spoils it. */
    onAnswer?: (exchange: Exchange) => void;
}

export interface Api {
    /** With /v1, as HCLOUD_ENDPOINT wants it. */
    url: string;
    faults: Faults;
    /** Requests in order of arrival, the newest last. */
    audit: AuditEntry[];
    auditSince(seq: number): AuditEntry[];
    addToken(token: string, access: { readOnly: boolean }): void;
    revokeToken(token: string): void;
    settings(): Settings;
    setTiming(timing: Partial<Settings>): void;
    /** Another action holds the server for so long, as a backup or an action from the console would. @throws RangeError if there is none */
    lock(serverId: number, ms: number): void;
    metadata(sourceIp: string): MetadataHandler;
    /** Everything that is stored, without the tokens. */
    state(): Record<string, unknown>;
    /**
     * Makes the stored objects again in a fabric that has lost them, and boots the servers that were running.
     * @param have what it still has
     */
    rebuildFabric(have?: { networks: number[]; servers: number[] }): Promise<void>;
    /** Resolves when no action is running. */
    settled(): Promise<void>;
    /** Stops serving and writes the state; actions that were running end as errors at the next start. */
    close(): Promise<void>;
}

/** Starts the Hetzner Cloud API on the state in `stateFile`; the fabric is not touched until requests come. */
export async function startApi(options: ApiOptions): Promise<Api> {
    const { fabric, token, host, port, stateFile, seed = 1 } = options;
    const { latencyMs = DEFAULTS.latencyMs, actionMs = DEFAULTS.actionMs, date = DEFAULTS.date } = options;
    const settings: Settings = { ...DEFAULTS, latencyMs, actionMs, date: date && checkDate(date) };
    const store = new Store(stateFile);
    const faults = new Faults(seed);
    const ctx: Context = { store, settings, fabric, faults, actions: new Actions(store, settings) };
    const audit = new Audit();
    const tokens = new Tokens(store);
    tokens.add(token, { readOnly: false });

    // cut connections at the end: clients keep them open for long, and some faults hold them for ever
    const common = { forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: false } };
    const app = (options.tls ? Fastify({ ...common, https: options.tls }) : Fastify(common)) as FastifyInstance;
    app.setValidatorCompiler(compileSchema);
    acceptAnyJson(app);
    answerUnknown(app);
    addPipeline(app, {
        settings,
        store,
        audit,
        tokens,
        faults,
        rateLimit: new RateLimit(settings),
        onAnswer: options.onAnswer,
        changeAliases: ({ serverId, networkId, aliasIps }) => forceAliases(ctx, serverId, networkId, aliasIps),
    });
    await app.register((routes) => addRoutes(routes, ctx), { prefix: "/v1" });
    followPower(ctx);
    await app.listen({ host, port });

    const { address, family, port: actualPort } = app.server.address() as AddressInfo;
    const origin = `${options.tls ? "https" : "http"}://${family === "IPv6" ? `[${address}]` : address}:${actualPort}`;
    return {
        url: `${origin}/v1`,
        faults,
        audit: audit.entries,
        auditSince: (seq) => audit.since(seq),
        addToken: (added, access) => tokens.add(added, access),
        revokeToken: (revoked) => tokens.revoke(revoked),
        settings: () => ({ ...settings }),
        setTiming: (timing) => {
            if (timing.date) {
                checkDate(timing.date);
            }
            Object.assign(settings, timing);
        },
        lock: (serverId, ms) => lockServer(ctx, serverId, ms),
        metadata: (sourceIp) => metadataFor(ctx, sourceIp),
        state: () => ({ ...store.toJSON(), tokens: undefined }),
        rebuildFabric: (have) => rebuildFabric(ctx, have),
        settled: () => ctx.actions.settled(),
        close: async () => {
            await app.close();
            await ctx.actions.stop();
            store.close();
        },
    };
}

export function addRoutes(app: FastifyInstance, ctx: Context): Promise<void> {
    const kinds = kindsOf(ctx);
    catalogRoutes(app, ctx);
    projectActionRoutes(app, ctx);
    const { server, network, firewall, floatingIp, primaryIp, image } = kinds;
    resourceActionRoutes(app, ctx, server);
    resourceActionRoutes(app, ctx, network);
    resourceActionRoutes(app, ctx, firewall);
    resourceActionRoutes(app, ctx, floatingIp);
    resourceActionRoutes(app, ctx, primaryIp);
    resourceActionRoutes(app, ctx, image);
    for (const addTo of [
        serverRoutes,
        serverActionRoutes,
        serverNetworkActionRoutes,
        networkRoutes,
        networkActionRoutes,
        memberRoutes,
        sshKeyRoutes,
        placementGroupRoutes,
        firewallRoutes,
        firewallActionRoutes,
        floatingIpRoutes,
        primaryIpRoutes,
        imageRoutes,
    ]) {
        addTo(app, ctx, kinds);
    }
    return Promise.resolve();
}
