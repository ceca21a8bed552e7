import * as pulumi from "@pulumi/pulumi";

/** What is wrong with one argument: where it stands, and why it cannot be, with the way out. */
export interface Problem {
    path: string;
    reason: string;
}

/** A message is read whole. */
const MOST_LINES = 50;
const LONGEST_LINE = 1000;

/** One error for all of them. */
export function invalid(problems: Problem[], resource: pulumi.Resource): pulumi.ResourceError {
    const lines = problems.slice(0, MOST_LINES).map(({ path, reason }) => `  - ${printable(`${path}: ${reason}`)}`);
    if (problems.length > MOST_LINES) {
        lines.push(`  - and ${problems.length - MOST_LINES} more`);
    }
    const count = problems.length === 1 ? "an argument is" : `${problems.length} arguments are`;
    return failure(`FailoverPair: ${count} not right:\n${lines.join("\n")}`, resource);
}

/** What was given may be part of a message, so it must neither break its lines nor speak to the terminal. */
function printable(text: string): string {
    const escaped = text.replace(
        /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
        (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
    );
    return escaped.length > LONGEST_LINE ? `${escaped.slice(0, LONGEST_LINE)}…` : escaped;
}

/**
 * A URL as a message may show it: without anything before an @, which may hold a password, and without its query, which
 * may hold a key. Both are removed from texts that are not URLs too.
 */
export function shownUrl(text: string): string {
    const redacted = text.replace(/^(https?:[\\/]*)?[^]*(@|%40|＠)/i, "$1…@").replace(/\?[^]*$/, "?…");
    return `"${redacted}"`;
}

/**
 * ResourceError and not InputPropertiesError, as a program's own uncaught error is printed without a stack trace only when
 * it is a ResourceError that says so (@pulumi/pulumi 3.248, cmd/run/run.js).
 */
export function failure(message: string, resource: pulumi.Resource): pulumi.ResourceError {
    const error = new pulumi.ResourceError(message, resource, true);
    // the SDK puts 'error serializing property "…":' before it, once for every resource that waits for the value
    Object.defineProperty(error, "message", { get: () => message, set: () => undefined });
    // once for each of them the SDK also formats the whole error, stack and resource, though it shows neither: minutes a pair
    Object.defineProperty(error, "stack", { get: () => undefined, set: () => undefined });
    Object.defineProperty(error, "resource", { value: resource, enumerable: false });
    return error;
}

/** Collects problems; `check` is the whole vocabulary of validation. */
export class Problems {
    public readonly found: Problem[] = [];

    /** Notes the problem unless the argument is all right; says whether it is. */
    public check(right: boolean, path: string, reason: string): boolean {
        if (!right) {
            this.found.push({ path, reason });
        }
        return right;
    }
}
