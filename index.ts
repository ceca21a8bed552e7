import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import type { AliasFollows, Timing } from "./components";
import { FailoverPair } from "./components";
import { contains, isIn, parseAddress, parseRange } from "./components/spec/ipv4";
import { zoneOf } from "./components/spec/locations";
import { whyNotPublicKey } from "./components/spec/validateAccess";

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
    networkZone: zoneOf(location) ?? "",
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
    const whyNot = whyNotPublicKey(config.require("sshPublicKey"));
    if (whyNot !== undefined) {
        problems.push(`sshPublicKey: ${whyNot}`);
    }
    const text = config.require("clientRange");
    const [range, network, nodes] = [text, config.require("networkRange"), config.require("nginxRange")].map(
        parseRange,
    );
    if (
        !range ||
        (network && !contains(network, range)) ||
        (nodes && (contains(nodes, range) || contains(range, nodes)))
    ) {
        problems.push(
            `clientRange: "${text}" is not a free range: choose a range inside networkRange and outside nginxRange, such as 10.0.2.0/24`,
        );
    }
    const address = parseAddress(config.require("clientIp"));
    if (
        address === undefined ||
        (range && (!isIn(range, address) || address === range.first || address === range.last))
    ) {
        problems.push(
            `clientIp: "${config.require("clientIp")}" is not in clientRange: choose an address inside ${text}`,
        );
    }
    if (problems.length > 0) {
        throw new pulumi.RunError(["Invalid settings:", ...problems].join("\n  - "));
    }
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
