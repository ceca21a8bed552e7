import type { Schema } from "./reduced";

const FORMATS: Record<string, RegExp> = {
    decimal: /^-?\d+(\.\d+)?$/,
    "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
};

const IS_OF_TYPE: Record<string, (value: unknown) => boolean> = {
    string: (value) => typeof value === "string",
    number: (value) => typeof value === "number",
    integer: Number.isInteger,
    boolean: (value) => typeof value === "boolean",
    array: Array.isArray,
    object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/**
 * Holds values against schemas of names and types. Compiling them, as Ajv does, takes seconds, in the middle of a test that counts
 * milliseconds.
 */
export class Shapes {
    /** @param resolve the schema that is meant where another stands: references, known differences */
    constructor(private readonly resolve: (schema: Schema) => Schema) {}

    /** @returns what is wrong, each with its place in the JSON */
    problems(unresolved: Schema, value: unknown, place = ""): string[] {
        const schema = this.resolve(unresolved);
        if (value === null && schema.nullable) {
            return [];
        }
        if (Array.isArray(schema.oneOf)) {
            const each = (schema.oneOf as Schema[]).map((inner) => this.problems(inner, value, place));
            return each.some((problems) => problems.length === 0) ? [] : each[0];
        }
        const types = [schema.type ?? []].flat() as string[];
        if (types.length > 0 && !types.some((type) => IS_OF_TYPE[type](value))) {
            return [`${place || "/"} must be ${types.join(" or ")}`];
        }
        const allowed = schema.enum as unknown[] | undefined;
        if (allowed && !allowed.includes(value)) {
            return [`${place || "/"} must be one of ${allowed.join(", ")}`];
        }
        const format = FORMATS[String(schema.format)];
        if (format && !format.test(String(value))) {
            return [`${place || "/"} must be of the format ${String(schema.format)}`];
        }
        if (Array.isArray(value)) {
            const items = schema.items as Schema | undefined;
            return items ? value.flatMap((item, index) => this.problems(items, item, `${place}/${index}`)) : [];
        }
        return IS_OF_TYPE.object(value) ? this.inFields(schema, value as Record<string, unknown>, place) : [];
    }

    private inFields(schema: Schema, value: Record<string, unknown>, place: string): string[] {
        const described = (schema.properties ?? {}) as Record<string, Schema>;
        const missing = ((schema.required ?? []) as string[]).filter((name) => !(name in value));
        const others = schema.additionalProperties;
        // an object of which nothing is described may hold anything
        const isOpen = others === true || (schema.properties === undefined && others === undefined);
        const inner = Object.entries(value).flatMap(([name, field]) => {
            const of = described[name] ?? (typeof others === "object" ? (others as Schema) : undefined);
            return of
                ? this.problems(of, field, `${place}/${name}`)
                : isOpen
                  ? []
                  : [`${place || "/"} must not have the field '${name}'`];
        });
        return [...missing.map((name) => `${place || "/"} must have the field '${name}'`), ...inner];
    }
}
