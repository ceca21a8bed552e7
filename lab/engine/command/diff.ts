import { isObject, isSecret, type Properties } from "./values";

export type Change = "add" | "delete" | "update";

/**
 * Every changed input by its property path. A value that became (or stopped being) a secret counts as changed, since
 * only an update rewrites the copy among the outputs.
 */
export function diff(olds: Properties, news: Properties): Map<string, Change> {
    const changes = new Map<string, Change>();
    for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
        compare(olds[key], news[key], key, changes);
    }
    return changes;
}

/** Only triggers replace; everything else is an update in place. */
export const replaces = (path: string): boolean => /^triggers(\[|$)/.test(path);

function compare(old: unknown, next: unknown, path: string, changes: Map<string, Change>): void {
    if (isAbsent(old) || isAbsent(next)) {
        if (isAbsent(old) !== isAbsent(next)) {
            changes.set(path, isAbsent(old) ? "add" : "delete");
        }
    } else if (isSecret(old) && isSecret(next)) {
        compare(old.value, next.value, path, changes);
    } else if (Array.isArray(old) && Array.isArray(next)) {
        for (let index = 0; index < Math.max(old.length, next.length); index++) {
            compare(old[index], next[index], `${path}[${index}]`, changes);
        }
    } else if (isObject(old) && isObject(next) && !isSecret(old) && !isSecret(next)) {
        for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
            compare(old[key], next[key], step(path, key), changes);
        }
    } else if (old !== next) {
        changes.set(path, "update");
    }
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const step = (path: string, key: string): string =>
    /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
