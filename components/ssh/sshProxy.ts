import * as pulumi from "@pulumi/pulumi";
import type { FailoverSshProxyArgs } from "../failoverPairArgs";
import { hostKeyOf, whyNotHostKey } from "./hostKeys";
import type { Problem } from "../spec/problem";
import type { JumpHost } from "./sshStream";
import { whyNotPrivateKey } from "../spec/validateAccess";

/** The jump host with its defaults, as one secret; undefined if none was given. `given` throws by itself if it is wrong. */
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

/** Everything that is wrong with the argument. No value that may be a secret is part of it. */
export function validateSshProxy(proxy: pulumi.Unwrap<FailoverSshProxyArgs>): Problem[] {
    const { host, port, user, privateKey, password, hostKey } = proxy;
    const reasons: Record<string, string | undefined> = {
        host: isWord(host) ? undefined : "it is not an address or a host name",
        port: port === undefined || isPort(port) ? undefined : "it is not a whole number from 1 to 65535",
        user: user === undefined || isWord(user) ? undefined : "it is not a user's name",
        privateKey: privateKey === undefined ? undefined : whyNotPrivateKey(privateKey),
        password: password === undefined || isFilled(password) ? undefined : "it is empty: leave it out",
        hostKey: hostKey === undefined ? undefined : whyNotHostKey(hostKey),
    };
    return Object.entries(reasons).flatMap(([name, reason]) =>
        reason === undefined ? [] : [{ path: `sshProxy.${name}`, reason }],
    );
}

const isWord = (text: unknown) => typeof text === "string" && /^[^\s\p{C}]{1,253}$/u.test(text);
const isFilled = (text: unknown) => typeof text === "string" && text !== "";
const isPort = (port: unknown) => Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65535;
