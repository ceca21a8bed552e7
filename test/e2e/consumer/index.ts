import { FailoverPair } from "failover-pair";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const pair = new FailoverPair("web", {
    virtualIps: ["10.7.1.1"],
    token: config.requireSecret("token"),
    sshPublicKey: config.require("sshPublicKey"),
    sshPrivateKey: config.requireSecret("sshPrivateKey"),
    apiEndpoint: config.require("apiEndpoint"),
    apiCa: config.require("apiCa"),
});

export const nodes = pair.nodes;
