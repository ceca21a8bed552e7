/**
 * As many pairs as the setting `pairs`, each like the pair of the project's own stack: 50 in a network, which can have
 * 100 servers.
 */
import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { FailoverPair } from "../../../../components";

const PAIRS_IN_NETWORK = 50;
const config = new pulumi.Config();
const publicKey = config.require("sshPublicKey");
const key = new hcloud.SshKey("key", { publicKey });

const networks: hcloud.Network[] = [];
for (let index = 0; index < config.requireNumber("pairs"); index++) {
    const [net, member] = [Math.floor(index / PAIRS_IN_NETWORK), index % PAIRS_IN_NETWORK];
    const networkRange = `10.${net}.0.0/16`;
    networks[net] ??= new hcloud.Network(`network${net}`, { ipRange: networkRange });
    new FailoverPair(`web${index}x`, {
        virtualIps: [`10.${net}.${member + 1}.1`],
        networkId: networks[net].id,
        networkRange,
        packages: ["nginx-light"],
        installScript: "hostname >/var/www/html/index.html",
        service: "nginx.service",
        checks: [{ name: "http", httpUrl: "http://127.0.0.1/" }],
        token: config.requireSecret("hcloudToken"),
        sshKeys: [key.id],
        sshPrivateKey: config.requireSecret("sshPrivateKey"),
        authorizedKeys: [publicKey],
        apiEndpoint: config.require("apiEndpoint"),
        apiCa: config.require("apiCa"),
    });
}
