import * as pulumi from "@pulumi/pulumi";
import { isLater } from "./argumentTypes";
import type { InvalidArgument } from "./spec/invalidArgument";
import { invalid } from "./spec/invalidArgument";

/** Internal parts of an Output: the SDK has no public way to see that a preview cannot know a value. */
interface Inner<T> {
    isKnown: Promise<boolean>;
    promise(): Promise<T>;
}

/** Shorter secrets would match in every message. The engine does not mask them either. */
const SHORTEST_SECRET = 3;

/** The value when it is known, or undefined if a preview cannot know it. */
export async function arrived<T>(output: pulumi.Output<T>): Promise<{ value: T } | undefined> {
    const inner = output as unknown as Inner<T>;
    const [isKnown, value] = await Promise.all([inner.isKnown, inner.promise()]);
    return isKnown ? { value } : undefined;
}

/** Throws the problems, if there are any, with every text from a secret argument masked. */
export async function refuse(problems: InvalidArgument[], args: object, resource: pulumi.Resource): Promise<void> {
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

/** Every text in a secret, at any depth. */
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
