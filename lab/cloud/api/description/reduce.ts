/**
 * Writes `hetzner.json`: names and types of the operations that the local cloud has, out of Hetzner's own description.
 *
 *     node --import tsx lab/cloud/api/description/reduce.ts PATH-TO-openapi.json
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAdded } from "./differences";
import { operationsOfTheCloud } from "./operations";
import type { Reduced, Schema } from "./reduced";
import { Sharing } from "./sharing";

/** The rest of a schema is prose, examples, defaults, and limits. */
const KEPT = ["type", "format", "enum", "nullable", "required"];
const METHODS = ["get", "post", "put", "delete"];

interface Document {
    paths: Record<string, Record<string, Operation>>;
}

interface Operation {
    requestBody?: { content: Content };
    responses: Record<string, { content?: Content }>;
}

type Content = Record<string, { schema: Schema }>;

/** Only what says of which type a value is. References are resolved. */
function typesOf(document: Document, schema: Schema): Schema {
    const { $ref } = schema;
    if (typeof $ref === "string") {
        const steps = $ref.split("/").slice(1);
        return typesOf(document, steps.reduce<unknown>((at, key) => (at as Schema)[key], document) as Schema);
    }
    const inner = (value: unknown) => typesOf(document, value as Schema);
    const reduced: Schema = Object.fromEntries(Object.entries(schema).filter(([key]) => KEPT.includes(key)));
    if (schema.properties) {
        const fields = Object.entries(schema.properties as Schema);
        reduced.properties = Object.fromEntries(fields.map(([name, field]) => [name, inner(field)]));
    }
    for (const key of ["items", "additionalProperties"]) {
        if (typeof schema[key] === "object") {
            reduced[key] = inner(schema[key]);
        }
    }
    if (Array.isArray(schema.oneOf)) {
        reduced.oneOf = schema.oneOf.map(inner);
    }
    return Array.isArray(schema.allOf) ? merged([reduced, ...schema.allOf.map(inner)]) : reduced;
}

/** `allOf` describes one object in several parts. */
function merged(parts: Schema[]): Schema {
    const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {})) as Schema;
    const required = parts.flatMap((part) => (part.required ?? []) as string[]);
    return Object.assign({}, ...parts, { properties, required: [...new Set(required)] }) as Schema;
}

/** @throws Error for an operation of the local cloud that is neither described nor a known addition */
function reduce(document: Document, wanted: string[]): Reduced {
    const operations: Reduced["operations"] = {};
    const schemaOf = (content: Content | undefined) => {
        const schema = content?.["application/json"]?.schema;
        return schema ? typesOf(document, schema) : null;
    };
    for (const operation of wanted.filter((name) => !isAdded(name))) {
        const [method, path] = operation.split(" ");
        const described = document.paths[path]?.[method.toLowerCase()];
        if (!described) {
            throw new Error(`${operation}: Hetzner has no such operation; remove it, or add it to differences.ts`);
        }
        const answers = Object.entries(described.responses);
        operations[operation] = {
            request: schemaOf(described.requestBody?.content),
            answers: Object.fromEntries(answers.map(([status, { content }]) => [status, schemaOf(content)])),
        };
    }
    return new Sharing().share(operations);
}

/** JSON with a line for each operation and each schema, so that a new description shows what it changes. */
function lines({ operations, schemas }: Reduced): string {
    const table = (entries: object) =>
        Object.entries(entries)
            .map(([name, entry]) => `${JSON.stringify(name)}: ${JSON.stringify(entry)}`)
            .join(",\n");
    return `{"operations": {\n${table(operations)}\n},\n"schemas": {\n${table(schemas)}\n}}\n`;
}

async function main(file: string | undefined): Promise<void> {
    if (file === undefined) {
        throw new Error("usage: node --import tsx lab/cloud/api/description/reduce.ts PATH-TO-openapi.json");
    }
    const document = JSON.parse(readFileSync(file, "utf8")) as Document;
    const all = Object.entries(document.paths).flatMap(([path, methods]) =>
        METHODS.filter((method) => method in methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const reduced = reduce(document, await operationsOfTheCloud());
    const count = Object.keys(reduced.operations).length;
    writeFileSync(join(__dirname, "hetzner.json"), lines(reduced));
    console.log(`hetzner.json: ${count} of ${all.length} operations`);
}

void main(process.argv[2]).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
