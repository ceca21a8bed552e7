import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { gatewayOf, subnetOf } from "./addresses";
import { has } from "./changes";
import { LOCATIONS } from "./catalog";
import type { Context } from "./context";
import { formatIp } from "./ipv4";
import type { Server } from "./model";
import { plainAddress } from "./pipeline";
import { primaryIpOf } from "./views";

/** Answers a path below /hetzner/v1 (`metadata/instance-id`, `userdata`), or one of EC2's (`latest/…`); null where there is nothing. */
export type MetadataHandler = (path: string) => string | null;

/** The names Hetzner's data centres had, which the metadata service still gives as zones. */
const ZONES: Record<string, string> = {
    fsn1: "fsn1-dc14",
    nbg1: "nbg1-dc3",
    hel1: "hel1-dc2",
    ash: "ash-dc1",
    hil: "hil-dc1",
    sin: "sin-dc1",
};

/** A server is recognised by the address it asks from: its public IPv4 or one of its private ones. */
export function metadataFor(ctx: Context, sourceIp: string): MetadataHandler {
    const servers = [...ctx.store.servers.values()];
    const server =
        servers.find(({ id }) => primaryIpOf(ctx, id, "ipv4")?.ip === sourceIp) ??
        servers.find(({ nics }) => nics.some(({ ip }) => ip === sourceIp));
    return (path) => (server ? (documents(ctx, server)[inHetznersWords(ctx, path)]?.() ?? null) : null);
}

/** `latest/meta-data/hostname` is `metadata/hostname`, as long as EC2's paths exist. */
function inHetznersWords(ctx: Context, path: string): string {
    const [, what, rest = ""] = /^(?:latest|2009-04-04)\/(meta-data|user-data)(\/.*)?$/.exec(path) ?? [];
    return what && !has(ctx.settings, "noEc2Metadata") ? `${what.replace("-", "")}${rest}` : path;
}

function documents(ctx: Context, server: Server): Record<string, () => string> {
    const location = LOCATIONS.find(({ id }) => id === server.locationId)!;
    const values = {
        "availability-zone": ZONES[location.name],
        hostname: server.name,
        "instance-id": String(server.id),
        "public-ipv4": primaryIpOf(ctx, server.id, "ipv4")?.ip ?? "",
        region: location.network_zone,
    };
    const texts = Object.entries(values).map(([key, value]) => [`metadata/${key}`, () => value]);
    return {
        ...(Object.fromEntries(texts) as Record<string, () => string>),
        "metadata/local-ipv4": () => server.nics[0]?.ip ?? "",
        "metadata/private-networks": () => privateNetworks(ctx, server),
        metadata: () => yaml(values) + list("public-keys", server.sshKeys),
        userdata: () => server.userData,
    };
}

function yaml(values: Record<string, string>): string {
    return Object.entries(values)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join("");
}

function list(key: string, texts: string[]): string {
    return `${key}:${texts.length === 0 ? " []" : ""}\n${texts.map((text) => `- ${JSON.stringify(text.trim())}\n`).join("")}`;
}

function privateNetworks(ctx: Context, server: Server): string {
    const entries = server.nics.map((nic, index) => {
        const network = ctx.store.networks.get(nic.networkId)!;
        const lines = yaml({
            ip: nic.ip,
            alias_ips: `[${nic.aliasIps.join(", ")}]`,
            interface_num: String(index + 1),
            mac_address: nic.mac,
            network_id: String(network.id),
            network_name: network.name,
            network: network.ipRange,
            subnet: subnetOf(network, nic.ip)?.ipRange ?? "",
            gateway: formatIp(gatewayOf(network)),
        });
        return `- ${lines.trimEnd().replaceAll("\n", "\n  ")}\n`;
    });
    return entries.join("") || "[]\n";
}

export interface MetadataService {
    url: string;
    close(): Promise<void>;
}

/** The service that servers reach at 169.254.169.254: plain HTTP, no quota, no latency. */
export async function startMetadata(options: {
    api: { metadata(sourceIp: string): MetadataHandler };
    host: string;
    port: number;
}): Promise<MetadataService> {
    const app = Fastify({ forceCloseConnections: true, routerOptions: { ignoreTrailingSlash: true } });
    app.get<{ Params: { "*": string } }>("/*", async (request, reply) => {
        const path = request.params["*"].replace(/^hetzner\/v1\//, "").replace(/\/$/, "");
        const text = options.api.metadata(plainAddress(request.ip))(path);
        return reply
            .code(text === null ? 404 : 200)
            .type("text/plain; charset=utf-8")
            .send(text ?? "not found\n");
    });
    await app.listen({ host: options.host, port: options.port });
    const { address, port } = app.server.address() as AddressInfo;
    return { url: `http://${address}:${port}/hetzner/v1`, close: () => app.close() };
}
