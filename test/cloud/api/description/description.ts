import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compileSchema } from "../validation";
import {
    ADDED_FIELDS,
    ADDED_OPERATIONS,
    ADDED_VALUES,
    FIELDS_WITH_IDS,
    OPTIONAL_FIELDS,
    REMOVED_FIELDS,
} from "./differences";
import type { DescribedOperation, Reduced, Schema } from "./reduced";

export type Validator = ((value: unknown) => boolean) & {
    errors?: { instancePath: string; message?: string; params: Record<string, unknown> }[] | null;
};

type Side = "request" | "answer";

/** Hetzner's description of the API on a given day, to hold requests and answers against. */
export class Description {
    private readonly reduced: Reduced;
    private readonly validators = new Map<Schema, Validator>();

    /** @param date YYYY-MM-DD */
    constructor(
        private readonly date: string,
        file = join(__dirname, "hetzner.json"),
    ) {
        this.reduced = JSON.parse(readFileSync(file, "utf8")) as Reduced;
        for (const { operation, described } of this.applying(ADDED_OPERATIONS)) {
            this.reduced.operations[operation] = described;
        }
    }

    operations(): string[] {
        return Object.keys(this.reduced.operations);
    }

    has(operation: string): boolean {
        return operation in this.reduced.operations;
    }

    /** @returns what is wrong with a body that the API has taken, each with its place in the JSON */
    requestProblems(operation: string, body: unknown): string[] {
        const schema = this.find(operation)?.request;
        return schema ? this.problems("request", schema, body) : [];
    }

    /** @param body null for an answer without one */
    answerProblems(operation: string, status: number, body: unknown): string[] {
        const described = this.find(operation);
        if (!described) {
            return ["the operation is not described"];
        }
        const { answers } = described;
        const key = [String(status), `${String(status)[0]}xx`].find((name) => name in answers);
        if (key === undefined) {
            return [`status ${status} is not described`];
        }
        const schema = answers[key];
        return schema
            ? this.problems("answer", schema, body)
            : body === null
              ? []
              : ["has a body, which is not described"];
    }

    /** For a path that the API does not have: the answer is an error, of the shape of all errors. */
    refusalProblems(status: number, body: unknown): string[] {
        return status >= 400 ? this.answerProblems("GET /servers", status, body) : ["the operation is not described"];
    }

    private find(operation: string): DescribedOperation | undefined {
        return this.reduced.operations[operation];
    }

    private applying<T extends { since?: string }>(differences: T[]): T[] {
        return differences.filter(({ since }) => since === undefined || since <= this.date);
    }

    private problems(side: Side, schema: Schema, value: unknown): string[] {
        let validate = this.validators.get(schema);
        if (!validate) {
            const strict = this.strict(side, schema);
            validate = compileSchema({ schema: strict, method: "", url: "", httpPart: "body" }) as Validator;
            this.validators.set(schema, validate);
        }
        validate(value);
        return (validate.errors ?? []).map(({ instancePath, message = "is wrong", params }) => {
            const { additionalProperty = "", allowedValues = "" } = params;
            return `${instancePath || "/"} ${message} ${String(additionalProperty)}${String(allowedValues)}`.trim();
        });
    }

    /** JSON Schema: references resolved, `nullable` spelled out, differences applied, and no fields but those described. */
    private strict(side: Side, node: Schema): Schema {
        const { $ref, nullable, ...rest } = node;
        if (typeof $ref === "string") {
            return this.strict(side, this.reduced.schemas[$ref]);
        }
        const schema: Schema = { ...rest };
        if (schema.properties) {
            Object.assign(schema, this.strictFields(side, schema.properties as Record<string, Schema>, schema));
        }
        for (const key of ["items", "additionalProperties"]) {
            if (typeof schema[key] === "object") {
                schema[key] = this.strict(side, schema[key] as Schema);
            }
        }
        if (Array.isArray(schema.oneOf)) {
            schema.oneOf = (schema.oneOf as Schema[]).map((inner) => this.strict(side, inner));
        }
        return nullable ? { anyOf: [{ type: "null" }, schema] } : schema;
    }

    private strictFields(
        side: Side,
        described: Record<string, Schema>,
        { required = [], additionalProperties }: Schema,
    ) {
        const removed = this.applying(REMOVED_FIELDS).map(({ field }) => field);
        const optional = side === "request" ? OPTIONAL_FIELDS.map(({ field }) => field) : [];
        const added = this.applying(ADDED_FIELDS).filter(({ where }) => where.every((field) => field in described));
        const fields = { ...described, ...Object.fromEntries(added.map(({ field, schema }) => [field, schema])) };
        const kept = Object.entries(fields).filter(([name]) => !removed.includes(name));
        const properties = Object.fromEntries(
            kept.map(([name, schema]) => [name, this.strict(side, this.widened(side, name, schema))]),
        );
        return {
            properties,
            required: (required as string[]).filter((name) => ![...removed, ...optional].includes(name)),
            ...(additionalProperties === undefined ? { additionalProperties: false } : {}),
        };
    }

    private widened(side: Side, name: string, schema: Schema): Schema {
        const more = this.applying(ADDED_VALUES).filter(({ field }) => field === name);
        if (Array.isArray(schema.enum)) {
            return { ...schema, enum: [...(schema.enum as unknown[]), ...more.map(({ value }) => value)] };
        }
        if (side === "request" && FIELDS_WITH_IDS.some(({ field }) => field === name)) {
            const idOrName = { type: ["string", "integer"] };
            return schema.type === "array" ? { type: "array", items: idOrName } : idOrName;
        }
        return schema;
    }
}
