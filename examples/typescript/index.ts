import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";
import { FailoverPair, Timing } from "failover-pair";

const config = new pulumi.Config();
const other = new pulumi.StackReference(config.require("networkStack"));

// a project can have a public key only once, so pairs that share a key do not create it
const key = new hcloud.SshKey("more-pairs", { publicKey: config.require("sshPublicKey") });
const common = {
    networkId: other.requireOutput("networkId").apply(String),
    networkRange: "10.0.0.0/8",
    token: new pulumi.Config("hcloud").requireSecret("token"),
    sshKeys: [key.id],
    sshPrivateKey: config.requireSecret("sshPrivateKey"),
    timing: Timing.Fast,
};

const web = new FailoverPair("web", {
    ...common,
    virtualIps: ["10.0.11.1"],
    packages: ["nginx-light"],
    service: "nginx.service",
});

// in the subnet of the first pair; the default addresses of its nodes are 10.0.11.12 and 10.0.11.13
const mail = new FailoverPair("mail", {
    ...common,
    virtualIps: ["10.0.11.11"],
    subnetId: web.subnetId,
    subnetRange: "10.0.11.0/24",
    packages: ["postfix"],
    checks: [{ name: "smtp", command: "exec 3<>/dev/tcp/127.0.0.1/25" }],
});

export const virtualIps = [web.virtualIp, mail.virtualIp];
export const statusCommands = [web.statusCommand, mail.statusCommand];
