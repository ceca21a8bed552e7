import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import type { AliasFollows, Timing } from "failover-pair";
import { FailoverPair } from "failover-pair";
import * as ipaddr from "ipaddr.js";

// Pulumi.yaml describes every setting and has its default
const config = new pulumi.Config();
const provider = new pulumi.Config("hcloud");
const optional = (key: string) => config.get(key) || undefined;

checkOwnSettings();
const location = config.require("nginx0Location");
const serverType = config.require("serverType");
const image = config.require("image");

const network = new hcloud.Network("network", { ipRange: config.require("networkRange") });
// created here and not by the pair, because the client has the same key
const key = new hcloud.SshKey("key", { publicKey: config.require("sshPublicKey").trim() });

const nginx = new FailoverPair("nginx", {
    virtualIps: [config.require("virtualIp")],
    networkId: network.id,
    networkRange: config.require("networkRange"),
    subnetRange: config.require("nginxRange"),
    nodes: [{ location }, { location: config.require("nginx1Location") }],
    serverType,
    image,
    packages: ["nginx-light"],
    installScript: "hostname >/var/www/html/index.html",
    service: "nginx.service",
    checks: [{ name: "http", httpUrl: "http://127.0.0.1/" }],
    timing: config.require<Timing>("timing"),
    bridge: config.requireBoolean("bridge"),
    aliasFollows: config.require<AliasFollows>("aliasFollows"),
    graceSeconds: config.requireNumber("graceSeconds"),
    token: token(),
    sshKeys: [key.id],
    sshPrivateKey: config.requireSecret("sshPrivateKey"),
    authorizedKeys: [config.require("sshPublicKey")],
    sshSources: config.requireObject("sshSources"),
    apiEndpoint: optional("apiEndpoint") ?? provider.get("endpoint"),
    apiCa: optional("apiCa"),
    apiProxy: optional("apiProxy"),
});

const clientSubnet = new hcloud.NetworkSubnet("client-subnet", {
    networkId: network.id.apply(Number),
    type: "cloud",
    networkZone: hcloud.getLocationOutput({ name: location }).networkZone,
    ipRange: config.require("clientRange"),
});
const client = new hcloud.Server(
    "client",
    {
        name: "client",
        location,
        serverType,
        image,
        sshKeys: [key.id],
    },
    { deleteBeforeReplace: true, ignoreChanges: ["sshKeys"] },
);
const clientAttachment = new hcloud.ServerNetwork(
    "client-network",
    { serverId: client.id.apply(Number), networkId: clientSubnet.networkId, ip: config.require("clientIp") },
    { deleteBeforeReplace: true },
);

/** Checks what the pair cannot check, because it does not know the client. */
function checkOwnSettings(): void {
    const problems: string[] = [];
    if (!/^(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/]{40,}/.test(config.require("sshPublicKey").trim())) {
        problems.push("sshPublicKey: not a public key: give the content of the .pub file, one line");
    }
    const [text, ip] = [config.require("clientRange"), config.require("clientIp")];
    const range = addresses(text);
    const [network, nodes] = [addresses(config.require("networkRange")), addresses(config.require("nginxRange"))];
    const outside = range && network && (range.first < network.first || range.last > network.last);
    const taken = range && nodes && range.first <= nodes.last && nodes.first <= range.last;
    if (!range || outside || taken) {
        problems.push(
            `clientRange: "${text}" is not a free range: choose a range inside networkRange and outside nginxRange, such as 10.0.2.0/24`,
        );
    }
    const address = addresses(`${ip}/32`)?.first;
    if (address === undefined || (range && (address <= range.first || address >= range.last))) {
        problems.push(`clientIp: "${ip}" is not in clientRange: choose an address inside ${text}`);
    }
    if (problems.length > 0) {
        throw new pulumi.RunError(["Invalid settings:", ...problems].join("\n  - "));
    }
}

/** The first and the last address of an IPv4 range, as numbers, or undefined if it is not one. */
function addresses(range: string): { first: number; last: number } | undefined {
    const number = (ip: ipaddr.IPv4) => ip.toByteArray().reduce((sum, byte) => sum * 256 + byte, 0);
    if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(range)) {
        return undefined;
    }
    const first = ipaddr.IPv4.networkAddressFromCIDR(range);
    const isWhole = range.startsWith(`${first.toString()}/`);
    return isWhole ? { first: number(first), last: number(ipaddr.IPv4.broadcastAddressFromCIDR(range)) } : undefined;
}

/** The nodes' own token, or else the provider's. */
function token(): pulumi.Output<string> {
    const found = config.getSecret("hcloudToken") ?? provider.getSecret("token");
    if (found === undefined) {
        throw new pulumi.RunError(
            "The nodes have no API token: run pulumi config set --secret hcloudToken, or set hcloud:token for both",
        );
    }
    return found;
}

export const virtualIp = nginx.virtualIp;
/** Each server's public address by its private address, for SSH. */
export const ip4Map = pulumi
    .all([nginx.nodes, clientAttachment.ip, client.ipv4Address])
    .apply(([nodes, ip, address]) => ({
        ...Object.fromEntries(nodes.map(({ privateIp, publicIpv4 }) => [privateIp, publicIpv4])),
        [ip]: address,
    }));
/** For `npx failover`. */
export const nodes = nginx.nodes;
export const switchCommands = nginx.switchCommands;
export const nginx0Cmd = nginx.switchCommands.apply(({ nginx0 }) => nginx0);
export const nginx1Cmd = nginx.switchCommands.apply(({ nginx1 }) => nginx1);
export const statusCommand = nginx.statusCommand;
/** For other stacks with pairs in the same network. */
export const networkId = nginx.networkId;
