import type { FastifySchemaValidationError } from "fastify/types/schema";
import type { ResourceType } from "./model";

type Details = Record<string, unknown> | null;

/** An answer of the kind `{"error": {"code", "message", "details"}}`. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
        readonly details: Details = null,
    ) {
        super(message);
    }

    body() {
        return { error: { code: this.code, message: this.message, details: this.details } };
    }
}

/** @param fields messages by field name, `{ ip_range: ["is too small"] }` */
export function invalidInput(fields: Record<string, string[]>): ApiError {
    const names = Object.keys(fields).map((name) => `'${name}'`);
    const first = Object.values(fields)[0][0];
    const message =
        names.length === 1
            ? `invalid input in field ${names[0]}: ${first}`
            : `invalid input in fields ${names.join(", ")}`;
    const details = Object.entries(fields).map(([name, messages]) => ({ name, messages }));
    return new ApiError(422, "invalid_input", message, { fields: details });
}

export function notFound(type: ResourceType | "action", id: number | string): ApiError {
    return new ApiError(404, "not_found", `${type} with ID '${id}' not found`);
}

export function notUnique(field: string, message: string): ApiError {
    return new ApiError(409, "uniqueness_error", message, { fields: [{ name: field }] });
}

export function limitExceeded(limit: string, message: string): ApiError {
    return new ApiError(403, "resource_limit_exceeded", message, { limits: [{ name: limit }] });
}

export function unprocessable(code: string, message: string): ApiError {
    return new ApiError(422, code, message);
}

export function isProtected(type: ResourceType): ApiError {
    return new ApiError(423, "protected", `${type} is protected`);
}

export function locked(type: ResourceType): ApiError {
    return new ApiError(423, "locked", `cannot perform operation because ${type} is locked`);
}

export function conflict(type: ResourceType): ApiError {
    return new ApiError(409, "conflict", `another change of this ${type} is running, please retry`);
}

/** Turns what Ajv found into Hetzner's list of fields. */
export function fromValidation(errors: FastifySchemaValidationError[], part: string): ApiError {
    if (part === "params") {
        return new ApiError(404, "not_found", "no such resource");
    }
    const fields: Record<string, string[]> = {};
    for (const error of errors) {
        const missing = error.keyword === "required" ? [error.params.missingProperty as string] : [];
        const name = [...error.instancePath.split("/").slice(1), ...missing].join(".") || "body";
        (fields[name] ??= []).push(wording(error));
    }
    return invalidInput(fields);
}

function wording({ keyword, params, message = "is invalid" }: FastifySchemaValidationError): string {
    switch (keyword) {
        case "required":
            return "is required";
        case "type":
            return `must be of type ${String(params.type)}`;
        case "maxLength":
        case "maxItems":
            return keyword === "maxLength" ? "is too long" : `has more than ${String(params.limit)} entries`;
        case "enum":
            return `must be one of ${(params.allowedValues as string[]).join(", ")}`;
        case "format":
            return `is not a valid ${String(params.format)}`;
        default:
            return message;
    }
}
