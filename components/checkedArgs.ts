import * as pulumi from "@pulumi/pulumi";
import { isLater, typeProblems, typeProblemsOf, withoutNulls } from "./argumentTypes";
import { arrived, refuse } from "./arrived";
import type { FailoverPairArgs } from "./failoverPairArgs";
import type { Problem } from "./spec/problem";
import { invalid } from "./spec/problem";
import type { Given, PairSpec, ShapingArgs } from "./spec/spec";
import { PASSED_ON, resolveSpec } from "./spec/spec";
import { whyNotAgent } from "./ssh/sshAgent";
import { jumpHost, validateSshProxy } from "./ssh/sshProxy";
import type { JumpHost } from "./ssh/sshStream";
import { validate } from "./spec/validate";
import { publicHalf, whyNotPrivateKey, whyNotPublicKey, whyNotToken, withoutComment } from "./spec/validateAccess";
import { whyNotId } from "./spec/validateIds";

/** Arguments that were found right; an Output among them throws when its value is known and wrong. */
export interface CheckedArgs {
    spec: pulumi.Output<PairSpec>;
    /** Whether the program knew every value of it. */
    isKnown: boolean;
    token: pulumi.Output<string>;
    sshPrivateKey: pulumi.Output<string>;
    sshPublicKey?: pulumi.Output<string>;
    sshProxy?: pulumi.Output<JumpHost>;
    /** The keys that are let in; the one in use is always among them, so that nobody is locked out. */
    authorizedKeys: pulumi.Output<string[]>;
    /** What was given; what goes to the resources as it is throws when it arrives and is wrong. */
    args: FailoverPairArgs;
}

type Check = (text: string) => string | undefined;
type PassedOn = (typeof PASSED_ON)[number];

/** What the arguments that are passed on have to mean, besides being of their type. A list's items are checked one by one. */
const MEANINGS: Partial<Record<PassedOn, Check>> = {
    token: whyNotToken,
    sshPrivateKey: whyNotPrivateKey,
    sshPublicKey: whyNotPublicKey,
    networkId: whyNotId,
    placementGroupId: whyNotId,
    firewallIds: whyNotId,
};
/** Checked before anything is made with them, as every resource needs them. */
const ACCESS = ["token", "sshPrivateKey", "sshPublicKey"] as const;
/** They are checked against each other: with one of them wrong or missing, nothing can be said of the others. */
const ADDRESSES = ["virtualIps", "networkRange", "subnetRange", "nodes", "virtualRouterId"];

/**
 * Checks the arguments of a pair: first their types, then their meaning, which sees no value of a wrong type. Everything
 * that the program knows is checked here and now, and every problem in it is in one error; what comes as an Output (a
 * secret always does) is checked when its value arrives.
 */
export function checkArgs(name: string, args: FailoverPairArgs, resource: pulumi.Resource): CheckedArgs {
    const problems = typeProblems(args ?? {});
    const given: Given = {
        network: isGiven(args?.networkId),
        subnet: isGiven(args?.subnetId),
        sshKey: isGiven(args?.sshPublicKey) || isGiven(args?.sshKeys),
    };
    const own = withoutNulls(without(problems, args ?? {}));
    const shaping = shapingArgs(own);
    const now = checkShape(name, shaping, given, problems);
    const found = [...problems, ...now.problems, ...PASSED_ON.flatMap((path) => wrongMeaning(path, own[path]))];
    if (found.length > 0) {
        throw invalid(found, resource);
    }

    // every resource needs it, so none is made with a token or a key that is wrong
    const gate = pulumi.output(checkWhatComesLater(name, own, now.isKnown ? undefined : shaping, given, resource));
    const wanted = now.isKnown
        ? pulumi.all([now.spec, gate]).apply(([spec]) => spec)
        : pulumi.all([pulumi.output(shaping), gate]).apply(([args]) => resolveSpec(name, withoutNulls(args), given));
    const checked = checkedWhenTheyCome(own, resource);
    return {
        spec: wanted,
        isKnown: now.isKnown,
        ...access(checked, wanted, gate),
        args: checked,
    };
}

/** The keys and the token, once they are known to be right. */
function access(
    { token, sshPrivateKey, sshPublicKey, sshProxy }: FailoverPairArgs,
    spec: pulumi.Output<PairSpec>,
    gate: pulumi.Output<boolean>,
): Pick<CheckedArgs, "token" | "sshPrivateKey" | "sshPublicKey" | "sshProxy" | "authorizedKeys"> {
    const secrets = pulumi.secret(pulumi.all([token, sshPrivateKey, gate]));
    const inUse = pulumi.unsecret(secrets.apply(([, privateKey]) => publicHalf(privateKey)));
    // the plugin finds no key behind white space
    const privateKey = secrets.apply(([, privateKey]) => privateKey.trimStart());
    return {
        token: secrets.apply(([token]) => token),
        sshPrivateKey: privateKey,
        sshProxy: jumpHost(sshProxy, privateKey),
        sshPublicKey:
            sshPublicKey === undefined
                ? undefined
                : pulumi.all([sshPublicKey, gate]).apply(([publicKey]) => publicKey.trim()),
        authorizedKeys: pulumi
            .all([inUse, sshPublicKey, spec])
            .apply(([key, own, spec]) => [...new Set([key, own ?? key, ...spec.authorizedKeys].map(withoutComment))]),
    };
}

/** All of it together, once it is there; what a preview cannot know waits for the update. */
async function checkWhatComesLater(
    name: string,
    args: FailoverPairArgs,
    shaping: ShapingArgs | undefined,
    given: Given,
    resource: pulumi.Resource,
): Promise<boolean> {
    const [agent, shape, ...values] = await Promise.all([
        whyNotAgent(),
        shaping && arrived(pulumi.output(shaping)),
        ...ACCESS.map((path) => arrived(pulumi.output(args[path]))),
    ]);
    const problems = agent === undefined ? [] : [{ path: "SSH_AUTH_SOCK (environment)", reason: agent }];
    if (shape) {
        const types = typeProblems({ ...args, ...shape.value });
        problems.push(...types, ...checkShape(name, withoutNulls(shape.value), given, types).problems);
    }
    ACCESS.forEach((path, i) => problems.push(...whyNot(path, values[i]?.value)));
    await refuse(problems, args, resource);
    return true;
}

/**
 * What is wrong with the meaning of the arguments that decide what a pair is. An argument of a wrong type, or that is not
 * there yet, is left out of it.
 */
function checkShape(
    name: string,
    args: ShapingArgs,
    given: Given,
    types: Problem[],
): { spec: PairSpec; isKnown: boolean; problems: Problem[] } {
    const mistyped = new Set(types.map(rootOf));
    const later = Object.entries(args).filter(([path, value]) => !mistyped.has(path) && !isPlain(value));
    const out = new Set([...mistyped, ...later.map(([path]) => path)]);
    if (ADDRESSES.some((path) => out.has(path))) {
        ADDRESSES.forEach((path) => out.add(path));
    }
    const sound = Object.fromEntries(Object.entries(args).filter(([path]) => !out.has(path)));
    const spec = resolveSpec(name, { virtualIps: [], ...sound }, given);
    const problems = validate(spec, given).filter((problem) => !out.has(rootOf(problem)));
    return { spec, isKnown: out.size === 0, problems };
}

/** The arguments, of which those that go to the resources as they are throw when they arrive and are wrong. */
function checkedWhenTheyCome(args: FailoverPairArgs, resource: pulumi.Resource): FailoverPairArgs {
    const check = (path: PassedOn): [string, pulumi.Output<unknown>] => [
        path,
        pulumi.output(args[path] as pulumi.Input<string>).apply(async (value) => {
            await refuse(whyNot(path, value), args, resource);
            return value;
        }),
    ];
    const access: readonly string[] = ACCESS;
    const checked = PASSED_ON.filter((path) => args[path] !== undefined && !access.includes(path)).map(check);
    return { ...args, ...(Object.fromEntries(checked) as Partial<FailoverPairArgs>) };
}

/** What is wrong with an argument that is passed on and is there. */
function whyNot(path: PassedOn, value: unknown): Problem[] {
    if (value === undefined) {
        return [];
    }
    const problems = typeProblemsOf(path, value);
    return problems.length > 0 ? problems : wrongMeaning(path, value);
}

/** Of values that are there, and of the right type. */
function wrongMeaning(path: PassedOn, value: unknown): Problem[] {
    if (path === "sshProxy") {
        return value !== undefined && isPlain(value)
            ? validateSshProxy(value as Parameters<typeof validateSshProxy>[0])
            : [];
    }
    const items: [string, unknown][] = Array.isArray(value)
        ? value.map((item, i) => [`${path}[${i}]`, item])
        : [[path, value]];
    return items.flatMap(([path_, item]) => {
        const reason = typeof item === "string" ? MEANINGS[path]?.(item) : undefined;
        return reason === undefined ? [] : [{ path: path_, reason }];
    });
}

function isGiven(value: unknown): boolean {
    return value !== undefined && value !== null;
}

/** The arguments of which nothing is among the problems. */
function without<T extends object>(problems: Problem[], args: T): T {
    const roots = new Set(problems.map(rootOf));
    return Object.fromEntries(Object.entries(args).filter(([key]) => !roots.has(key))) as T;
}

function rootOf({ path }: Problem): string {
    return /^[^.[]*/.exec(path)![0];
}

function shapingArgs(args: FailoverPairArgs): ShapingArgs {
    const passedOn: readonly string[] = PASSED_ON;
    return Object.fromEntries(
        Object.entries(args).filter(([key]) => !passedOn.includes(key)),
    ) as unknown as ShapingArgs;
}

/** Whether every value is there already, at any depth. */
function isPlain(value: unknown): boolean {
    if (typeof value !== "object" || value === null) {
        return true;
    }
    return !isLater(value) && Object.values(value).every(isPlain);
}
