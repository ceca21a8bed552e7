import AjvCompiler from "@fastify/ajv-compiler";
import type { FastifySchemaCompiler } from "fastify";
import { parseIp, parseRange } from "./ipv4";

/** Pieces that many JSON schemas share. */
export const idSchema = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
export const nameSchema = { type: "string", minLength: 1, maxLength: 128 };
export const hostnameSchema = { type: "string", format: "hostname" };
export const ipSchema = { type: "string", format: "ipv4" };
export const rangeSchema = { type: "string", format: "cidr" };
export const idParams = { type: "object", properties: { id: idSchema }, required: ["id"] };
/** A resource is named by its id or its name, and clients send ids as text too. */
export const idOrNameSchema = { type: ["integer", "string"] };
export const labelsSchema = {
    type: "object",
    propertyNames: { format: "label key" },
    additionalProperties: { type: "string", format: "label value" },
};

export function object(properties: Record<string, object>, ...required: string[]) {
    return { type: "object", properties, required };
}

const NAME = "[a-zA-Z0-9]([a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?";
const DNS_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const LABEL_VALUE = new RegExp(`^(${NAME})?$`);
const LABEL_KEY = new RegExp(`^((?=[^/]{1,253}/)${DNS_LABEL}(\\.${DNS_LABEL})*/)?${NAME}$`);
const HOSTNAME = new RegExp(`^(?=.{1,253}$)${DNS_LABEL}(\\.${DNS_LABEL})*$`, "i");

export function isLabelKey(key: string): boolean {
    return LABEL_KEY.test(key) && !key.startsWith("hetzner.cloud/");
}

export function isLabelValue(value: string): boolean {
    return LABEL_VALUE.test(value);
}

function isRegex(text: string): boolean {
    try {
        return new RegExp(text) instanceof RegExp;
    } catch {
        return false;
    }
}

const formats = {
    ipv4: (text: string) => parseIp(text) !== null,
    cidr: (text: string) => parseRange(text) !== null,
    hostname: (text: string) => HOSTNAME.test(text),
    "label key": isLabelKey,
    "label value": isLabelValue,
    regex: isRegex,
};

function compiler(coerceTypes: false | "array") {
    return AjvCompiler()(
        {},
        {
            customOptions: {
                coerceTypes,
                allErrors: true,
                useDefaults: true,
                removeAdditional: false,
                strict: false,
                formats,
            },
        },
    ) as FastifySchemaCompiler<unknown>;
}

const compileBody = compiler(false);
const compileText = compiler("array");

type Compiled = ReturnType<FastifySchemaCompiler<unknown>>;

/** By what is compiled: many clouds of one process have the same routes, and to compile a route's schema takes milliseconds. */
const compiled = new Map<string, Compiled>();

/** JSON has types, so a body is taken at its word; a query has none, so `page=1` may be a number. */
export const compileSchema: FastifySchemaCompiler<unknown> = (route) => {
    const compile = route.httpPart === "body" ? compileBody : compileText;
    const key = `${compile === compileBody ? "body" : "text"} ${JSON.stringify(route.schema)}`;
    const known = compiled.get(key) ?? compile(route);
    compiled.set(key, known);
    return known;
};
