import { isObject, isUnknown, mapSecret, reveal, revealAll, secret, type Properties } from "./values";

export interface Connection {
    host: string;
    port: number;
    user: string;
    privateKey?: string;
    privateKeyPassword?: string;
    password?: string;
    agentSocketPath?: string;
    /** How many failed dials are allowed; -1 means no limit. */
    dialErrorLimit: number;
    /** In seconds; 0 means no limit. */
    perDialTimeout: number;
    /** A line as in authorized_keys. */
    hostKey?: string;
}

export interface CommandInputs {
    connection: Connection;
    create?: string;
    update?: string;
    delete?: string;
    stdin?: string;
    environment?: Record<string, string>;
    logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
    addPreviousOutputInEnv?: boolean;
    triggers?: unknown[];
}

export interface Failure {
    property: string;
    reason: string;
}

const DEFAULTS = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };

const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => typeof value === "number";
const isTexts = (value: unknown): boolean =>
    isObject(value) && Object.values(value).every((each) => isText(reveal(each)));

const FIELDS: Record<string, (value: unknown) => boolean> = {
    connection: isObject,
    create: isText,
    update: isText,
    delete: isText,
    stdin: isText,
    environment: isTexts,
    logging: (value) => ["stdout", "stderr", "stdoutAndStderr", "none"].includes(value as string),
    addPreviousOutputInEnv: (value) => typeof value === "boolean",
    triggers: Array.isArray,
};

const CONNECTION_FIELDS: Record<string, (value: unknown) => boolean> = {
    host: isText,
    port: isNumber,
    user: isText,
    privateKey: isText,
    privateKeyPassword: isText,
    password: isText,
    agentSocketPath: isText,
    dialErrorLimit: isNumber,
    perDialTimeout: isNumber,
    hostKey: isText,
    proxy: () => false,
};

/** The inputs in the engine's state: with defaults filled in, and with the connection as a secret in any case. */
export function check(news: Properties): { inputs: Properties; failures: Failure[] } {
    const connection = reveal(news.connection);
    const failures = wrongFields(news, FIELDS, "", ["connection"]);
    if (isObject(connection)) {
        failures.push(...wrongFields(connection, CONNECTION_FIELDS, "connection.", ["host"]));
    }
    const filled = mapSecret(news.connection, (plain) => (isObject(plain) ? { ...DEFAULTS, ...plain } : plain));
    return { inputs: filled === undefined ? news : { ...news, connection: secret(filled) }, failures };
}

function wrongFields(
    values: Properties,
    fields: Record<string, (value: unknown) => boolean>,
    prefix: string,
    required: string[],
): Failure[] {
    const missing = required
        .filter((name) => values[name] === undefined || values[name] === null)
        .map((name) => ({ property: prefix + name, reason: `missing required property '${name}'` }));
    const wrong = Object.entries(values)
        .map(([name, wrapped]) => ({ name, value: reveal(wrapped) }))
        .filter(({ value }) => value !== undefined && value !== null && !isUnknown(value))
        .filter(({ name, value }) => fields[name]?.(value) !== true)
        .map(({ name }) => ({ property: prefix + name, reason: reasonFor(name, fields) }));
    return [...missing, ...wrong];
}

function reasonFor(name: string, fields: object): string {
    if (name === "proxy") {
        return "is not offered by the stand-in of the command provider; it needs the official plugin";
    }
    return name in fields ? "has a value of the wrong type" : "is not a property of this resource";
}

/** The inputs as plain values, when all of them are known. */
export function read(properties: Properties): CommandInputs {
    const plain = revealAll(properties) as CommandInputs;
    return { ...plain, connection: { ...DEFAULTS, ...plain.connection } };
}
