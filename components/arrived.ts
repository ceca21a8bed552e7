import * as pulumi from "@pulumi/pulumi";
import { isLater } from "./argumentTypes";
import type { Problem } from "./spec/problem";
import { invalid } from "./spec/problem";

/** The parts of an Output that the SDK keeps to itself; it says in no other way that a preview cannot know a value. */
interface Inner<T> {
    isKnown: Promise<boolean>;
    promise(): Promise<T>;
}

/** Shorter ones would be found in every message; the engine masks no shorter secret either. */
const SHORTEST_SECRET = 3;

/** The value once it is there, or undefined when a preview cannot know it. */
export async function arrived<T>(output: pulumi.Output<T>): Promise<{ value: T } | undefined> {
    const inner = output as unknown as Inner<T>;
    const [isKnown, value] = await Promise.all([inner.isKnown, inner.promise()]);
    return isKnown ? { value } : undefined;
}

/** Throws the problems, if there are any, with no text in them that came from a secret among these arguments. */
export async function refuse(problems: Problem[], args: object, resource: pulumi.Resource): Promise<void> {
    if (problems.length === 0) {
        return;
    }
    const secrets = [...new Set(await secretTexts(args))].sort((one, other) => other.length - one.length);
    const hidden = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
    throw invalid(
        problems.map(({ path, reason }) => ({ path, reason: hidden(reason) })),
        resource,
    );
}

/** Every text inside a secret, at any depth. */
async function secretTexts(value: unknown): Promise<string[]> {
    if (pulumi.Output.isInstance(value)) {
        const isSecret = await pulumi.isSecret(value);
        return isSecret ? texts((await arrived(value))?.value) : [];
    }
    if (typeof value !== "object" || value === null || isLater(value)) {
        return [];
    }
    return (await Promise.all(Object.values(value).map(secretTexts))).flat();
}

function texts(value: unknown): string[] {
    if (typeof value !== "object" || value === null) {
        const text = ["string", "number"].includes(typeof value) ? String(value) : "";
        return text.length < SHORTEST_SECRET ? [] : [text];
    }
    return Object.values(value).flatMap(texts);
}
