import * as pulumi from "@pulumi/pulumi";
import type { FailoverPairArgs } from "./failoverPairArgs";
import type { Problem } from "./problem";
import { invalid } from "./problem";
import type { Given, PairSpec, PlainArgs, ShapingArgs } from "./spec";
import { PASSED_ON, resolveSpec } from "./spec";
import { whyNotAgent } from "./sshAgent";
import { validate } from "./validate";
import { publicHalf, whyNotPrivateKey, whyNotPublicKey, whyNotToken, withoutComment } from "./validateAccess";
import { whyNotId } from "./validateIds";

/** Arguments that were found right; an Output among them throws when its value is known and wrong. */
export interface CheckedArgs {
    spec: pulumi.Output<PairSpec>;
    /** Whether the program knew every value of it. */
    isKnown: boolean;
    token: pulumi.Output<string>;
    sshPrivateKey: pulumi.Output<string>;
    sshPublicKey?: pulumi.Output<string>;
    /** The keys that are let in; the one in use is always among them, so that nobody is locked out. */
    authorizedKeys: pulumi.Output<string[]>;
}

type Check = (text: string) => string | undefined;

// the compiler asks for them too, but not every program is compiled
const REQUIRED = ["virtualIps", "token", "sshPrivateKey"] as const;

/**
 * Checks the arguments of a pair. Everything that the program knows is checked here and now, and every problem in it is
 * in one error; what comes as an Output (a secret always does) is checked when its value arrives.
 */
export function checkArgs(name: string, args: FailoverPairArgs, resource: pulumi.Resource): CheckedArgs {
    const { token, sshPrivateKey, sshPublicKey } = args;
    const shaping = shapingArgs(args);
    const given: Given = {
        network: args.networkId !== undefined,
        subnet: args.subnetId !== undefined,
        sshKey: sshPublicKey !== undefined || args.sshKeys !== undefined,
    };
    const problems: Problem[] = REQUIRED.filter((path) => args[path] === undefined).map((path) => ({
        path,
        reason: "it is missing, and there is no default for it",
    }));
    const checkNow = (path: string, value: unknown, check: Check) => {
        const reason = typeof value === "string" ? check(value) : undefined;
        if (reason !== undefined) {
            problems.push({ path, reason });
        }
    };

    let known: PairSpec | undefined;
    if (args.virtualIps !== undefined && isPlain(shaping)) {
        known = resolveSpec(name, shaping as PlainArgs, given);
        problems.push(...validate(known, given));
    }
    checkNow("token", token, whyNotToken);
    checkNow("sshPrivateKey", sshPrivateKey, whyNotPrivateKey);
    checkNow("sshPublicKey", sshPublicKey, whyNotPublicKey);
    checkNow("networkId", args.networkId, whyNotId);
    checkNow("placementGroupId", args.placementGroupId, whyNotId);
    if (Array.isArray(args.firewallIds)) {
        args.firewallIds.forEach((id, i) => checkNow(`firewallIds[${i}]`, id, whyNotId));
    }
    if (problems.length > 0) {
        throw invalid(problems, resource);
    }

    const keys = pulumi.all([token, sshPrivateKey, sshPublicKey, whyNotAgent()]);
    const access = keys.apply(([token, sshPrivateKey, sshPublicKey, agent]) => {
        const found = [
            { path: "SSH_AUTH_SOCK (environment)", reason: agent },
            { path: "token", reason: whyNotToken(token) },
            { path: "sshPrivateKey", reason: whyNotPrivateKey(sshPrivateKey) },
            { path: "sshPublicKey", reason: sshPublicKey === undefined ? undefined : whyNotPublicKey(sshPublicKey) },
        ];
        refuse(found, resource);
        return { token, sshPrivateKey };
    });
    const secrets = pulumi.secret(access);
    // every resource needs the spec, so none is made with a token or a key that is wrong
    const gate = pulumi.unsecret(access).apply(() => true);
    const wanted: pulumi.Input<PairSpec> =
        known ?? pulumi.output(shaping).apply((args) => checkedSpec(name, args, given, resource));
    const inUse = pulumi.unsecret(secrets.apply(({ sshPrivateKey }) => publicHalf(sshPrivateKey)));
    return {
        spec: pulumi.all([wanted, gate]).apply(([spec]) => spec),
        isKnown: known !== undefined,
        token: secrets.apply(({ token }) => token),
        // the plugin finds no key behind white space
        sshPrivateKey: secrets.apply(({ sshPrivateKey }) => sshPrivateKey.trimStart()),
        sshPublicKey:
            sshPublicKey === undefined
                ? undefined
                : pulumi.all([sshPublicKey, gate]).apply(([publicKey]) => publicKey.trim()),
        authorizedKeys: pulumi
            .all([inUse, sshPublicKey, wanted])
            .apply(([key, own, spec]) => [...new Set([key, own ?? key, ...spec.authorizedKeys].map(withoutComment))]),
    };
}

function shapingArgs(args: FailoverPairArgs): ShapingArgs {
    const passedOn: readonly string[] = PASSED_ON;
    return Object.fromEntries(
        Object.entries(args).filter(([key]) => !passedOn.includes(key)),
    ) as unknown as ShapingArgs;
}

function checkedSpec(name: string, args: PlainArgs, given: Given, resource: pulumi.Resource): PairSpec {
    const spec = resolveSpec(name, args, given);
    const problems = validate(spec, given);
    if (problems.length > 0) {
        throw invalid(problems, resource);
    }
    return spec;
}

function refuse(found: { path: string; reason?: string }[], resource: pulumi.Resource): void {
    const problems = found.flatMap(({ path, reason }) => (reason === undefined ? [] : [{ path, reason }]));
    if (problems.length > 0) {
        throw invalid(problems, resource);
    }
}

/** Whether every value is there already, at any depth. */
function isPlain(value: unknown): boolean {
    if (typeof value !== "object" || value === null) {
        return true;
    }
    return !pulumi.Output.isInstance(value) && !(value instanceof Promise) && Object.values(value).every(isPlain);
}
