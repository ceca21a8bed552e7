import * as pulumi from "@pulumi/pulumi";
import "./withoutTraces.cjs";

/** A resource as the program registered it. */
export interface Registered {
    type: string;
    name: string;
    inputs: Record<string, unknown>;
    opts: pulumi.CustomResourceOptions;
    dependsOn: string[];
    /**
     * The URN that an engine would give it, with the types of all parents, and the URNs that it may have in an older
     * state.
     */
    urn: string;
    formerUrns: string[];
}

export interface Deployment<T> {
    made: T;
    resources: Registered[];
    /** "start NAME" and "end NAME" of each resource that is not only a component, in the order of an engine's work. */
    log: string[];
}

const SECRET = "4dabf18193072939515e22adb298388d";

/** Public addresses and ids, in the order of the servers' creation. Ids are numbers, as in the cloud. */
function outputsOf(type: string, serial: number, inputs: Record<string, unknown>): Record<string, unknown> {
    switch (type) {
        case "hcloud:index/server:Server":
            return { ipv4Address: `198.51.100.${serial}`, ipv6Address: `2001:db8::${serial}` };
        case "hcloud:index/networkSubnet:NetworkSubnet":
            return { gateway: "10.0.0.1" };
        case "command:remote:Command":
            return { stdout: "ssh-ed25519 AAAAhostkey\n", stderr: "" };
        case "pulumi:pulumi:StackReference":
            return { outputs: { networkId: "7" }, secretOutputNames: [] };
        default:
            return inputs.name === undefined ? { name: `auto-${serial}` } : {};
    }
}

/** Answers the program's questions to the cloud, by "getServers" and the like. */
export type Answers = Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>;

/**
 * Runs a part of a program against mocks, until all its resources are registered. A transformation reads the options,
 * because mocks do not get them; give `opts` to the components to be examined.
 */
export function deploy<T>(
    program: (opts: pulumi.ComponentResourceOptions) => T,
    answers: Answers = {},
    { isPreview = false } = {},
): Promise<Deployment<T>> {
    return watch((record) => program({ transformations: [record] }), answers, isPreview);
}

/** The same for a whole program, whose exports are the stack's outputs. */
export function deployStack<T extends object>(program: () => T): Promise<Deployment<T>> {
    return watch(async (record) => {
        let made: T | undefined;
        await pulumi.runtime.runInPulumiStack(() => {
            pulumi.runtime.registerStackTransformation(record);
            made = program();
            return Promise.resolve({});
        });
        return made!;
    });
}

async function watch<T>(
    program: (record: pulumi.ResourceTransformation) => T | Promise<T>,
    answers: Answers = {},
    isPreview = false,
): Promise<Deployment<T>> {
    const log: string[] = [];
    const inputs = new Map<string, Record<string, unknown>>();
    let serial = 0;
    const mocks: pulumi.runtime.Mocks = {
        newResource: async (args) => {
            const own = args.inputs as Record<string, unknown>;
            inputs.set(`${args.type} ${args.name}`, own);
            if (!args.custom) {
                return { id: undefined, state: own };
            }
            log.push(`start ${args.name}`);
            const number = ++serial;
            // other resources can begin now
            await new Promise((resolve) => setImmediate(resolve));
            log.push(`end ${args.name}`);
            const id = args.type.endsWith(":NetworkSubnet") ? `7-${String(own.ipRange)}` : String(number);
            return { id, state: { ...own, ...outputsOf(args.type, number, own) } };
        },
        call: ({ token, inputs }) => {
            const answer = answers[token.split(":").at(-1)!];
            return answer ? answer(inputs as Record<string, unknown>) : (inputs as Record<string, unknown>);
        },
    };
    await pulumi.runtime.setMocks(mocks, "failover-pair", "test", isPreview);

    const seen: pulumi.ResourceTransformationArgs[] = [];
    const made = await program((args) => {
        seen.push(args);
        return undefined;
    });
    await Promise.all(seen.map(({ resource }) => promiseOf(resource.urn)));

    const names = new Map(seen.map(({ resource, name }) => [resource, name]));
    const registrations = new Map(seen.map((each) => [each.resource, each]));
    const resources = await Promise.all(
        seen.map(async ({ type, name, opts }) => {
            const dependsOn = (await promiseOf(pulumi.output(opts.dependsOn ?? []))) as pulumi.Resource[];
            return {
                type,
                name,
                inputs: inputs.get(`${type} ${name}`) ?? {},
                opts,
                dependsOn: dependsOn.map((resource) => names.get(resource) ?? "?"),
                urn: urnOf(type, name, opts.parent, registrations),
                formerUrns: (opts.aliases ?? []).map((alias) => {
                    const { parent } = alias as { parent: pulumi.Resource };
                    return urnOf(type, name, parent, registrations);
                }),
            };
        }),
    );
    return { made, resources, log };
}

type Registrations = Map<pulumi.Resource, pulumi.ResourceTransformationArgs>;

/** The URN of the mocks has only one parent. */
function urnOf(type: string, name: string, parent: pulumi.Resource | undefined, registrations: Registrations): string {
    const types = [type];
    for (let above = registrations.get(parent!); above !== undefined; above = registrations.get(above.opts.parent!)) {
        types.unshift(above.type);
    }
    return `${types.join("$")}::${name}`;
}

export function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        output.apply(resolve);
        (output as unknown as { promise(): Promise<T> }).promise().catch(reject);
    });
}

/** The resource with this name, and this type if the name is not unique. Its error lists all resources. */
export function named(resources: Registered[], name: string, type = ""): Registered {
    const found = resources.filter((resource) => resource.name === name && resource.type.endsWith(type));
    if (found.length !== 1) {
        throw new Error(
            `${found.length} resources ${name} in ${resources.map((r) => `${r.type} ${r.name}`).join(", ")}`,
        );
    }
    return found[0];
}

/** The value inside a secret. Throws an error if the value would be plain in the state. */
export function insideSecret(value: unknown): unknown {
    if (!isSecret(value)) {
        throw new Error("not a secret");
    }
    return value.value;
}

export function isSecret(value: unknown): value is { value: unknown } {
    return typeof value === "object" && value !== null && SECRET in value;
}

/** All texts outside secrets, at any depth. */
export function plainTexts(value: unknown): string[] {
    if (typeof value === "string") {
        return [value];
    }
    if (typeof value !== "object" || value === null || isSecret(value)) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]) => [key, ...plainTexts(inner)]);
}
