/** Prints what a pair registers in a preview without an engine. */
import { FailoverPair } from "failover-pair";
import * as pulumi from "@pulumi/pulumi";

const registered: string[] = [];
void pulumi.runtime.setMocks(
    {
        newResource: ({ type, name, inputs }) => {
            registered.push(`${type} ${name}`);
            const state = inputs as Record<string, unknown>;
            return { id: "1", state: { ...state, ipv4Address: "198.51.100.1", stdout: "ssh-ed25519 AAAA\n" } };
        },
        call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "project",
    "stack",
    true,
);

new FailoverPair("web", {
    virtualIps: ["10.0.1.1"],
    token: pulumi.secret("t".repeat(64)),
    sshPublicKey: process.env.PUBLIC_KEY!,
    sshPrivateKey: pulumi.secret(process.env.PRIVATE_KEY!),
    timing: "fast",
    aliasFollows: "immediately",
});

process.on("beforeExit", () => console.log(JSON.stringify(registered)));
