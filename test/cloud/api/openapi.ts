import { readFileSync } from "node:fs";
import { compileSchema } from "./validation";

type Schema = Record<string, unknown>;
type Operation = {
    requestBody?: { content: Record<string, { schema: Schema }> };
    responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
};

/** An OpenAPI 3.0 description, to hold requests and answers against. */
export class Description {
    private readonly document: { paths: Record<string, Record<string, Operation>> };

    constructor(file: string) {
        this.document = JSON.parse(readFileSync(file, "utf8")) as Description["document"];
    }

    /** `GET /servers/{id}` for each operation. */
    operations(): string[] {
        return Object.entries(this.document.paths).flatMap(([path, methods]) =>
            Object.keys(methods)
                .filter((method) => ["get", "post", "put", "delete"].includes(method))
                .map((method) => `${method.toUpperCase()} ${path}`),
        );
    }

    /** The operation a request is one of: the path with the fewest parameters wins. */
    operationOf(method: string, url: string): string | undefined {
        const path = url.split("?")[0];
        const parameters = (operation: string) => operation.split("{").length;
        return this.operations()
            .filter((operation) => new RegExp(`^${operation.replace(/{[^}]+}/g, "[^/]+")}$`).test(`${method} ${path}`))
            .sort((a, b) => parameters(a) - parameters(b))[0];
    }

    requestProblems(operation: string, body: unknown): string[] {
        const schema = this.find(operation).requestBody?.content["application/json"].schema;
        return schema ? this.problems(schema, body) : [];
    }

    responseProblems(operation: string, status: number, body: unknown): string[] {
        const response = this.find(operation).responses[status];
        if (!response) {
            return [`status ${status} is not described`];
        }
        const schema = response.content?.["application/json"]?.schema;
        return schema ? this.problems(schema, body) : body === null ? [] : ["has a body"];
    }

    private find(operation: string): Operation {
        const [method, path] = operation.split(" ");
        return this.document.paths[path][method.toLowerCase()];
    }

    private problems(schema: Schema, value: unknown): string[] {
        const validate = compileSchema({ schema: this.plain(schema), method: "", url: "", httpPart: "body" });
        validate(value);
        const errors = (
            validate as unknown as { errors: { instancePath: string; message: string; params: object }[] | null }
        ).errors;
        return (errors ?? []).map(({ instancePath, message, params }) => {
            const place = instancePath.replace(/\/\d+/g, "[]");
            const { additionalProperty = "", allowedValues = "" } = params as Record<string, unknown>;
            return `${place} ${message} ${[additionalProperty, allowedValues].map(String).join("")}`.trim();
        });
    }

    /** JSON Schema: references resolved, `nullable` spelled out, no defaults (Ajv would fill them in), no fields but those described. */
    private plain(node: unknown): unknown {
        if (Array.isArray(node)) {
            return node.map((item) => this.plain(item));
        }
        if (typeof node !== "object" || node === null) {
            return node;
        }
        const { $ref, nullable, ...rest } = node as Schema;
        if (typeof $ref === "string") {
            return this.plain(
                $ref
                    .split("/")
                    .slice(1)
                    .reduce<unknown>((at, key) => (at as Schema)[key], this.document),
            );
        }
        const kept = Object.entries(rest).filter(([key]) => key !== "default" && key !== "example");
        const entries = kept.map(([key, value]) => {
            const isNames = key === "properties" && typeof value === "object";
            const copy = isNames
                ? Object.fromEntries(Object.entries(value as Schema).map(([name, inner]) => [name, this.plain(inner)]))
                : this.plain(value);
            return [key, copy];
        });
        const schema = Object.fromEntries(entries) as Schema;
        if (schema.properties && !schema.allOf && schema.additionalProperties === undefined) {
            schema.additionalProperties = false;
        }
        return nullable ? { anyOf: [{ type: "null" }, schema] } : schema;
    }
}
