import * as pulumi from "@pulumi/pulumi";

/** What is wrong with one argument: its path, the reason, and what to do. */
export interface InvalidArgument {
    path: string;
    reason: string;
}

/** Limits that keep a message short enough to be read. */
const MOST_LINES = 50;
const LONGEST_LINE = 1000;

export function invalid(problems: InvalidArgument[], resource: pulumi.Resource): pulumi.ResourceError {
    const lines = problems.slice(0, MOST_LINES).map(({ path, reason }) => `  - ${printable(`${path}: ${reason}`)}`);
    if (problems.length > MOST_LINES) {
        lines.push(`  - and ${problems.length - MOST_LINES} more`);
    }
    const count = problems.length === 1 ? "invalid argument" : `${problems.length} invalid arguments`;
    return failure(`FailoverPair: ${count}:\n${lines.join("\n")}`, resource);
}

/** A message may quote an argument's value, which must not break its lines or control the terminal. */
function printable(text: string): string {
    const escaped = text.replace(
        /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
        (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
    );
    return escaped.length > LONGEST_LINE ? `${escaped.slice(0, LONGEST_LINE)}…` : escaped;
}

/**
 * A URL that is safe to show: the part before an @ may hold a password and the query may hold a key, so both are
 * removed, from texts that are not URLs too.
 */
export function shownUrl(text: string): string {
    const redacted = text.replace(/^(https?:[\\/]*)?[^]*(@|%40|＠)/i, "$1…@").replace(/\?[^]*$/, "?…");
    return `"${redacted}"`;
}

/**
 * A ResourceError, because Pulumi prints an uncaught error of a program without its stack trace only for a
 * ResourceError that hides it (@pulumi/pulumi 3.248, cmd/run/run.js). InputPropertiesError is not one.
 */
export function failure(message: string, resource: pulumi.Resource): pulumi.ResourceError {
    const error = new pulumi.ResourceError(message, resource, true);
    // the SDK puts 'error serializing property "…":' before it, once for every resource that waits for the value
    Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
    // it also formats the whole error with stack and resource each time, and shows neither, which takes minutes for
    // each pair
    Object.defineProperty(error, "stack", { get: () => undefined, set: () => undefined });
    Object.defineProperty(error, "resource", { value: resource, enumerable: false });
    return error;
}

/** Collects the problems that validation finds. */
export class InvalidArguments {
    public readonly found: InvalidArgument[] = [];

    /** Adds the problem unless the argument is valid. @returns whether it is valid */
    public check(right: boolean, path: string, reason: string): boolean {
        if (!right) {
            this.found.push({ path, reason });
        }
        return right;
    }
}
