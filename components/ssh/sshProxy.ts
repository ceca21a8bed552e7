import * as pulumi from "@pulumi/pulumi";
import type { FailoverSshProxyArgs } from "../failoverPairArgs";
import { hostKeyOf, whyNotHostKey } from "./hostKeys";
import type { InvalidArgument } from "../spec/invalidArgument";
import type { JumpHost } from "./sshStream";
import { whyNotPrivateKey } from "../spec/validateAccess";

/**
 * The jump host with its defaults, as one secret; undefined if none was given. `given` itself throws if it is invalid.
 */
export function jumpHost(
    given: pulumi.Input<FailoverSshProxyArgs> | undefined,
    sshPrivateKey: pulumi.Output<string>,
): pulumi.Output<JumpHost> | undefined {
    if (given === undefined) {
        return undefined;
    }
    const made = pulumi.all([given, sshPrivateKey]).apply(([given, own]): JumpHost => {
        const { host, port = 22, user = "root", privateKey, password, hostKey } = given;
        const key = privateKey?.trimStart() ?? (password === undefined ? own : undefined);
        return {
            host,
            port,
            user,
            ...(key === undefined ? {} : { privateKey: key }),
            ...(password === undefined ? {} : { password }),
            ...(hostKey === undefined ? {} : { hostKey: hostKeyOf(hostKey) }),
        };
    });
    return pulumi.secret(made);
}

/** Every problem of the argument. The answer contains no value that may be a secret. */
export function validateSshProxy(proxy: pulumi.Unwrap<FailoverSshProxyArgs>): InvalidArgument[] {
    const { host, port, user, privateKey, password, hostKey } = proxy;
    const reasons: Record<string, string | undefined> = {
        host: isWord(host)
            ? undefined
            : "not an address or a host name: write it like 203.0.113.7 or bastion.example.com",
        port: port === undefined || isPort(port) ? undefined : "not a port: write a whole number from 1 to 65535",
        user: user === undefined || isWord(user) ? undefined : "not a user name: write it like root",
        privateKey: privateKey === undefined ? undefined : whyNotPrivateKey(privateKey),
        password: password === undefined || isFilled(password) ? undefined : "empty: give a password, or omit it",
        hostKey: hostKey === undefined ? undefined : whyNotHostKey(hostKey),
    };
    return Object.entries(reasons).flatMap(([name, reason]) =>
        reason === undefined ? [] : [{ path: `sshProxy.${name}`, reason }],
    );
}

const isWord = (text: unknown) => typeof text === "string" && /^[^\s\p{C}]{1,253}$/u.test(text);
const isFilled = (text: unknown) => typeof text === "string" && text !== "";
const isPort = (port: unknown) => Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65535;
