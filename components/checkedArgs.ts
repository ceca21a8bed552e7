import * as pulumi from "@pulumi/pulumi";
import { isLater, typeProblems, typeProblemsOf, withoutNulls } from "./argumentTypes";
import { arrived, refuse } from "./arrived";
import type { FailoverPairArgs } from "./failoverPairArgs";
import { refusable } from "./refusable";
import type { InvalidArgument } from "./spec/invalidArgument";
import { invalid } from "./spec/invalidArgument";
import type { Given, PairSpec, ShapingArgs } from "./spec/spec";
import { PASSED_ON, resolveSpec } from "./spec/spec";
import { whyNotAgent } from "./ssh/sshAgent";
import { jumpHost, validateSshProxy } from "./ssh/sshProxy";
import type { JumpHost } from "./ssh/sshStream";
import { validate } from "./spec/validate";
import { publicHalf, whyNotPrivateKey, whyNotPublicKey, whyNotToken, withoutComment } from "./spec/validateAccess";
import { whyNotId } from "./spec/validateIds";

/** Valid arguments. An Output among them throws when its value arrives and is invalid. */
export interface CheckedArgs {
    spec: pulumi.Output<PairSpec>;
    /** Whether the program knew every value of it. */
    isKnown: boolean;
    token: pulumi.Output<string>;
    sshPrivateKey: pulumi.Output<string>;
    sshPublicKey?: pulumi.Output<string>;
    sshProxy?: pulumi.Output<JumpHost>;
    /** The authorized keys. The key in use is always among them, so that the pair cannot lock itself out. */
    authorizedKeys: pulumi.Output<string[]>;
    /**
     * The arguments as given. Those that go to the resources unchanged throw when their value arrives and is invalid.
     */
    args: FailoverPairArgs;
}

type Check = (text: string) => string | undefined;
type PassedOn = (typeof PASSED_ON)[number];

/**
 * Checks of the arguments that go to the resources unchanged, besides their types. The items of a list are checked one
 * by one.
 */
const MEANINGS: Partial<Record<PassedOn, Check>> = {
    token: whyNotToken,
    sshPrivateKey: whyNotPrivateKey,
    sshPublicKey: whyNotPublicKey,
    networkId: whyNotId,
    placementGroupId: whyNotId,
    firewallIds: whyNotId,
};
/** Every resource needs these, so they are checked before anything is created. */
const ACCESS = ["token", "sshPrivateKey", "sshPublicKey"] as const;
/** These are checked against each other, so if one is invalid or missing, the others cannot be checked. */
const ADDRESSES = ["virtualIps", "networkRange", "subnetRange", "nodes", "virtualRouterId"];

/**
 * Checks the arguments of a pair: first their types, then the values of those with the right type. Every value that the
 * program knows is checked at once, and all problems are in one error. An Output (every secret is one) is checked when
 * its value arrives.
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

    // every resource waits for these, so none is created with an invalid token or key
    const gate = pulumi.output(
        refusable(() => checkWhatComesLater(name, own, now.isKnown ? undefined : shaping, given, resource)),
    );
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

/** The keys and the token, when they are known to be valid. */
function access(
    { token, sshPrivateKey, sshPublicKey, sshProxy }: FailoverPairArgs,
    spec: pulumi.Output<PairSpec>,
    gate: pulumi.Output<boolean>,
): Pick<CheckedArgs, "token" | "sshPrivateKey" | "sshPublicKey" | "sshProxy" | "authorizedKeys"> {
    const secrets = pulumi.secret(pulumi.all([token, sshPrivateKey, gate]));
    const inUse = pulumi.unsecret(secrets.apply(([, privateKey]) => publicHalf(privateKey)));
    // the plugin does not find a key after white space
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

/** All these values when they are known. What a preview cannot know waits for the update. */
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
 * The problems in the values of the arguments that define a pair. Arguments of a wrong type, or not known yet, are
 * skipped.
 */
function checkShape(
    name: string,
    args: ShapingArgs,
    given: Given,
    types: InvalidArgument[],
): { spec: PairSpec; isKnown: boolean; problems: InvalidArgument[] } {
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

/** The arguments. Those that go to the resources unchanged throw when their value arrives and is invalid. */
function checkedWhenTheyCome(args: FailoverPairArgs, resource: pulumi.Resource): FailoverPairArgs {
    const check = (path: PassedOn): [string, pulumi.Output<unknown>] => [
        path,
        pulumi.output(args[path] as pulumi.Input<string>).apply((value) =>
            refusable(async () => {
                await refuse(whyNot(path, value), args, resource);
                return value;
            }),
        ),
    ];
    const access: readonly string[] = ACCESS;
    const checked = PASSED_ON.filter((path) => args[path] !== undefined && !access.includes(path)).map(check);
    return { ...args, ...(Object.fromEntries(checked) as Partial<FailoverPairArgs>) };
}

/** The problems of an argument that goes to the resources unchanged and is known. */
function whyNot(path: PassedOn, value: unknown): InvalidArgument[] {
    if (value === undefined) {
        return [];
    }
    const problems = typeProblemsOf(path, value);
    return problems.length > 0 ? problems : wrongMeaning(path, value);
}

/** For values that are known and have the right type. */
function wrongMeaning(path: PassedOn, value: unknown): InvalidArgument[] {
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

/** The arguments without a problem. */
function without<T extends object>(problems: InvalidArgument[], args: T): T {
    const roots = new Set(problems.map(rootOf));
    return Object.fromEntries(Object.entries(args).filter(([key]) => !roots.has(key))) as T;
}

function rootOf({ path }: InvalidArgument): string {
    return /^[^.[]*/.exec(path)![0];
}

function shapingArgs(args: FailoverPairArgs): ShapingArgs {
    const passedOn: readonly string[] = PASSED_ON;
    return Object.fromEntries(
        Object.entries(args).filter(([key]) => !passedOn.includes(key)),
    ) as unknown as ShapingArgs;
}

/** Whether every value is known already, at any depth. */
function isPlain(value: unknown): boolean {
    if (typeof value !== "object" || value === null) {
        return true;
    }
    return !isLater(value) && Object.values(value).every(isPlain);
}
