import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
    ADDED_FIELDS,
    ADDED_OPERATIONS,
    ADDED_VALUES,
    FIELDS_WITH_IDS,
    OPTIONAL_FIELDS,
    REMOVED_FIELDS,
} from "./differences";
import type { DescribedOperation, Reduced, Schema } from "./reduced";
import { Shapes } from "./shape";

type Side = "request" | "answer";

/** Hetzner's description of the API on a given day, to hold requests and answers against. */
export class Description {
    private readonly reduced: Reduced;
    private readonly shapes: Record<Side, Shapes>;
    private readonly worked: Record<Side, Map<Schema, Schema>> = { request: new Map(), answer: new Map() };

    /** @param date YYYY-MM-DD */
    constructor(
        private readonly date: string,
        file = join(__dirname, "hetzner.json"),
    ) {
        this.reduced = JSON.parse(readFileSync(file, "utf8")) as Reduced;
        for (const { operation, described } of this.applying(ADDED_OPERATIONS)) {
            this.reduced.operations[operation] = described;
        }
        const shapesOf = (side: Side) => new Shapes((schema) => this.meant(side, schema));
        this.shapes = { request: shapesOf("request"), answer: shapesOf("answer") };
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
        return schema ? this.shapes.request.problems(schema, body) : [];
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
            ? this.shapes.answer.problems(schema, body)
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

    /** Without references, and with what is known to be different; worked out once for each schema. */
    private meant(side: Side, schema: Schema): Schema {
        const known = this.worked[side].get(schema) ?? this.workOut(side, schema);
        this.worked[side].set(schema, known);
        return known;
    }

    private workOut(side: Side, { $ref, ...schema }: Schema): Schema {
        if (typeof $ref === "string") {
            return this.meant(side, this.reduced.schemas[$ref]);
        }
        const described = schema.properties as Record<string, Schema> | undefined;
        if (!described) {
            return schema;
        }
        const removed = this.applying(REMOVED_FIELDS).map(({ field }) => field);
        const optional = side === "request" ? OPTIONAL_FIELDS.map(({ field }) => field) : [];
        const added = this.applying(ADDED_FIELDS).filter(({ where }) => where.every((field) => field in described));
        const fields = { ...described, ...Object.fromEntries(added.map(({ field, schema }) => [field, schema])) };
        const kept = Object.entries(fields).filter(([name]) => !removed.includes(name));
        return {
            ...schema,
            properties: Object.fromEntries(kept.map(([name, field]) => [name, this.widened(side, name, field)])),
            required: ((schema.required ?? []) as string[]).filter((name) => ![...removed, ...optional].includes(name)),
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
