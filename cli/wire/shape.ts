/** Shapes for another machine's JSON. A shape turns any input into a typed value, and records what was invalid. */
import { plain, plainLines } from "./plain";

/** `at` is the path that `odd` records. A missing input is undefined. */
export type Shape<T> = (value: unknown, at: string, odd: string[]) => T;

type Fields = Record<string, Shape<unknown>>;
type Of<F extends Fields> = { [K in keyof F]: ReturnType<F[K]> };

/** A value, and the paths where the input was invalid and the default is used. */
export interface Read<T> {
    value: T;
    odd: string[];
}

/** How many paths are recorded. */
const MOST_ODD = 10;
/** The most entries of a list or a record. */
const MOST = 200;

export function parseShape<T>(value: unknown, shape: Shape<T>): Read<T> {
    const odd: string[] = [];
    return { value: shape(value, "", odd), odd };
}

/** Records the path, and returns the default. */
function otherwise<T>(value: T, at: string, odd: string[]): T {
    if (odd.length < MOST_ODD) {
        odd.push(at === "" ? "the whole value" : at);
    }
    return value;
}

/** One line of plain text. */
export function text<T extends string | null>(missing: T, longest?: number): Shape<string | T> {
    return (value, at, odd) => (typeof value === "string" ? plain(value, longest) : otherwise(missing, at, odd));
}

/** Plain text of several lines. */
export function lines<T extends string | null>(missing: T, longest: number): Shape<string | T> {
    return (value, at, odd) => (typeof value === "string" ? plainLines(value, longest) : otherwise(missing, at, odd));
}

/** A word that is used in a command, a path or an address. It must pass the test. */
export function word<T extends string | null>(passes: (word: string) => boolean, missing: T): Shape<string | T> {
    return (value, at, odd) => (typeof value === "string" && passes(value) ? value : otherwise(missing, at, odd));
}

export function oneOf<const V, const T>(values: readonly V[], missing: T): Shape<V | T> {
    return (value, at, odd) => (values.includes(value as V) ? (value as V) : otherwise(missing, at, odd));
}

export function number<T extends number | null>(least: number, most: number, missing: T): Shape<number | T> {
    return (value, at, odd) =>
        typeof value === "number" && value >= least && value <= most ? value : otherwise(missing, at, odd);
}

export function flag<T extends boolean | null>(missing: T): Shape<boolean | T> {
    return (value, at, odd) => (typeof value === "boolean" ? value : otherwise(missing, at, odd));
}

/** Null is valid too. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
    return (value, at, odd) => (value === null ? null : shape(value, at, odd));
}

/** A missing value is valid too. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
    return (value, at, odd) => (value === undefined ? undefined : shape(value, at, odd));
}

/** Invalid entries are skipped. */
export function list<T>(shape: Shape<T | null>, most = MOST): Shape<T[]> {
    return (value, at, odd) => {
        if (!Array.isArray(value)) {
            return otherwise([], at, odd);
        }
        const kept = value.length > most ? otherwise(value.slice(0, most), at, odd) : value;
        return kept.flatMap((entry: unknown, index) => shape(entry, `${at}[${index}]`, odd) ?? []);
    };
}

/** Names are plain text. Invalid entries are skipped, unless the shape allows null. */
export function record<T>(shape: Shape<T>, most = MOST): Shape<Record<string, T>> {
    return (value, at, odd) => {
        if (!isRecord(value)) {
            return otherwise({}, at, odd);
        }
        const entries = Object.entries(value);
        const kept = entries.length > most ? otherwise(entries.slice(0, most), at, odd) : entries;
        return Object.fromEntries(kept.map(([name, entry]) => [plain(name, 100), shape(entry, at, odd)]));
    };
}

/** `missing` is the value for input that is not an object. */
export function object<F extends Fields, T>(fields: F, missing: T): Shape<Of<F> | T> {
    return (value, at, odd) => (isRecord(value) ? readFields(fields, value, at, odd) : otherwise(missing, at, odd));
}

/** The same, but other fields are kept as plain JSON, which only `--json` prints. */
export function openObject<F extends Fields, T>(fields: F, missing: T): Shape<Of<F> | T> {
    return (value, at, odd) =>
        isRecord(value)
            ? { ...(plainJson(value) as object), ...readFields(fields, value, at, odd) }
            : otherwise(missing, at, odd);
}

function readFields<F extends Fields>(fields: F, value: Record<string, unknown>, at: string, odd: string[]): Of<F> {
    const read = Object.entries(fields).map(([name, shape]) => {
        const field = Object.hasOwn(value, name) ? value[name] : undefined;
        return [name, shape(field, at === "" ? name : `${at}.${name}`, odd)] as const;
    });
    return Object.fromEntries(read.filter(([, field]) => field !== undefined)) as Of<F>;
}

/** Any JSON with short plain texts. Deeper nesting is cut off. */
function plainJson(value: unknown, depth = 6): unknown {
    if (typeof value === "string") {
        return plain(value);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (depth === 0) {
        return "…";
    }
    if (Array.isArray(value)) {
        return value.slice(0, MOST).map((entry) => plainJson(entry, depth - 1));
    }
    const entries = Object.entries(value).slice(0, MOST);
    return Object.fromEntries(entries.map(([name, entry]) => [plain(name, 100), plainJson(entry, depth - 1)]));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
