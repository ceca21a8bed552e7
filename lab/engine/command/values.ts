/** How the engine writes secrets and not-yet-known values into plain JSON. */

export type Properties = Record<string, unknown>;

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A value of any type that preview does not know yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

// The engine has one marker per type of the value to come.
const UNKNOWNS: ReadonlySet<unknown> = new Set([
    UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export const isUnknown = (value: unknown): boolean => UNKNOWNS.has(value);

export const isObject = (value: unknown): value is Properties =>
    typeof value === "object" && value !== null && !Array.isArray(value);

export const isSecret = (value: unknown): value is Properties & { value: unknown } =>
    isObject(value) && value[SIGNATURE] === SECRET;

export const secret = (value: unknown): Properties => (isSecret(value) ? value : { [SIGNATURE]: SECRET, value });

/** The value without its outermost secret wrapper. */
export const reveal = (value: unknown): unknown => (isSecret(value) ? reveal(value.value) : value);

/** The value with no secret wrapper left at any depth. */
export function revealAll(value: unknown): unknown {
    const plain = reveal(value);
    if (Array.isArray(plain)) {
        return plain.map(revealAll);
    }
    if (isObject(plain)) {
        return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, revealAll(inner)]));
    }
    return plain;
}

/** Changes the value inside a secret, and keeps it secret. */
export const mapSecret = (value: unknown, change: (plain: unknown) => unknown): unknown =>
    isSecret(value) ? secret(mapSecret(value.value, change)) : change(value);
