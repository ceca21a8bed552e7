import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "fs";
import { join } from "path";
import type { InvalidArgument } from "./spec/invalidArgument";

/** How schema.json describes an argument or a type. */
interface Shape {
    type?: string;
    $ref?: string;
    items?: Shape;
    additionalProperties?: Shape;
    properties?: Record<string, Shape>;
    enum?: unknown[];
}

/** An object with named properties: the arguments themselves, a node, a check. */
interface Members {
    properties: Record<string, Shape>;
    required: string[];
}

interface Schema {
    resources: Record<
        "failover-pair:index:FailoverPair",
        { inputProperties: Record<string, Shape>; requiredInputs: string[] }
    >;
    types: Record<string, Shape & { required?: string[] }>;
}

type Report = (path: string, reason: string) => void;

/** More items than any pair has, and few enough for a fast validation. */
const MOST_ITEMS = 1000;
/** In characters. The longest key that an SSH server accepts has 13,000. */
const MOST_CHARACTERS = 16 * 1024;
const MOST_OF_A_FILE = 4 * 1024 * 1024;
/** Arguments that contain a whole file: they may be long, and a script may contain any character except NUL. */
const FILES = ["installScript", "command", "apiCa"];
const NAMES: Record<string, string> = {
    string: "a string",
    number: "a number",
    boolean: "true or false",
    array: "a list",
    object: "an object",
};
const HINTS: Record<string, string> = {
    "string number": "write it in quotes",
    "string boolean": "write it in quotes",
    "number string": "write it without quotes",
    "boolean string": "write it without quotes",
    "array string": "put it into a list",
    "array object": "put it into a list",
};

let schema: Schema | undefined;

/** Read when the first pair is made, because these sources must load without the schema: it is generated from them. */
function argumentsOfPair(): { members: Members; types: Schema["types"] } {
    schema ??= JSON.parse(readFileSync(join(__dirname, "schema.json"), "utf8")) as Schema;
    const { inputProperties, requiredInputs } = schema.resources["failover-pair:index:FailoverPair"];
    return { members: { properties: inputProperties, required: requiredInputs }, types: schema.types };
}

/**
 * The arguments that are unknown, missing, too long, of another type than in schema.json, or text that no program can
 * handle. A value that is known only later counts as valid, and so does null for an optional argument. The answer
 * contains no value.
 */
export function typeProblems(args: object): InvalidArgument[] {
    const problems: InvalidArgument[] = [];
    const { members, types } = argumentsOfPair();
    checkMembers(args, "", members, types, (path, reason) => problems.push({ path, reason }));
    return problems;
}

/** The same for one argument by itself. */
export function typeProblemsOf(name: string, value: unknown): InvalidArgument[] {
    const problems: InvalidArgument[] = [];
    const { members, types } = argumentsOfPair();
    checkValue(value, name, members.properties[name] ?? {}, types, (path, reason) => problems.push({ path, reason }));
    return problems;
}

/** The same arguments without those that are null, because other languages do not have undefined. */
export function withoutNulls<T extends object>(args: T): T {
    const clean = (value: unknown): unknown => {
        if (typeof value !== "object" || value === null || isLater(value)) {
            return value;
        }
        if (Array.isArray(value)) {
            return value.map(clean);
        }
        const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
        return Object.fromEntries(entries.map(([key, inner]) => [key, clean(inner)]));
    };
    return clean(args) as T;
}

/** Whether the value is not there yet. */
export function isLater(value: unknown): boolean {
    return pulumi.Output.isInstance(value) || value instanceof Promise;
}

function checkMembers(value: object, path: string, members: Members, types: Schema["types"], report: Report): void {
    const { properties, required } = members;
    const given = value as Record<string, unknown>;
    const names = Object.keys(given).filter((key) => given[key] !== undefined);
    for (const name of names.slice(0, Object.keys(properties).length * 2)) {
        const shape = Object.prototype.hasOwnProperty.call(properties, name) ? properties[name] : undefined;
        if (shape === undefined) {
            report(inside(path, name), `unknown name: choose one of ${Object.keys(properties).join(", ")}`);
        } else if (given[name] !== null) {
            checkValue(given[name], inside(path, name), shape, types, report);
        }
    }
    for (const name of required) {
        if (given[name] === undefined || given[name] === null) {
            report(inside(path, name), "missing: set it, because it has no default");
        }
    }
}

function checkValue(value: unknown, path: string, shape: Shape, types: Schema["types"], report: Report): void {
    if (isLater(value)) {
        return;
    }
    const named = shape.$ref === undefined ? undefined : types[shape.$ref.replace("#/types/", "")];
    const wanted = (named ?? shape).type ?? "object";
    const found = kindOf(value);
    if (found !== wanted) {
        report(path, mistyped(found, wanted));
    } else if (typeof value === "string") {
        checkText(value, path, report);
    } else if (Array.isArray(value)) {
        if (isFew(value.length, path, report)) {
            // not forEach, which skips holes
            for (let i = 0; i < value.length; i++) {
                checkValue(value[i], `${path}[${i}]`, shape.items ?? {}, types, report);
            }
        }
    } else if (named?.properties) {
        checkMembers(
            value as object,
            path,
            { properties: named.properties, required: named.required ?? [] },
            types,
            report,
        );
    } else if (shape.additionalProperties) {
        const names = Object.keys(value as object);
        for (const name of isFew(names.length, path, report) ? names : []) {
            checkText(name, inside(path, name), report);
            checkValue(
                (value as Record<string, unknown>)[name],
                inside(path, name),
                shape.additionalProperties,
                types,
                report,
            );
        }
    }
}

function isFew(count: number, path: string, report: Report): boolean {
    if (count > MOST_ITEMS) {
        report(path, `it has ${count} items: give at most ${MOST_ITEMS}`);
    }
    return count <= MOST_ITEMS;
}

function checkText(text: string, path: string, report: Report): void {
    const isFile = FILES.includes(path.split(".").at(-1)!);
    const most = isFile ? MOST_OF_A_FILE : MOST_CHARACTERS;
    if (text.length > most) {
        report(path, `it has ${text.length} characters: give at most ${most}`);
    } else if (text.includes("\0")) {
        report(path, "it contains a NUL character, which files and programs cannot handle: remove it");
    } else if (/\p{Surrogate}/u.test(text)) {
        report(path, "it contains half a character (a lone surrogate), which UTF-8 cannot encode: remove it");
    } else if (!isFile && /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text)) {
        report(path, "it contains a control character: remove it");
    }
}

function inside(path: string, name: string): string {
    return path === "" ? name : `${path}.${name}`;
}

/** The type of a value, by the schema's name where there is one. */
function kindOf(value: unknown): string {
    if (value === null || value === undefined) {
        return "nothing";
    }
    return Array.isArray(value) ? "array" : typeof value;
}

function mistyped(found: string, wanted: string): string {
    const hint = HINTS[`${wanted} ${found}`] ?? `give ${NAMES[wanted]}`;
    return `this is ${NAMES[found] ?? (found === "nothing" ? found : `a ${found}`)}, not ${NAMES[wanted]}: ${hint}`;
}
