import type { FastifyError, FastifyInstance } from "fastify";
import { ApiError, fromValidation } from "./errors";

/** The error answer for whatever was thrown. */
export function answerFor(error: unknown): ApiError {
    if (error instanceof ApiError) {
        return error;
    }
    const { validation, validationContext = "body", statusCode = 500, message } = error as FastifyError;
    if (validation) {
        return fromValidation(validation, validationContext);
    }
    if (statusCode < 500) {
        return new ApiError(400, "json_error", message);
    }
    // a fault of the local cloud itself, never an answer that a test asked for
    console.error("local cloud: request failed:", error);
    return new ApiError(500, "server_error", "internal error of the local cloud, see its log");
}

/** Takes any body as JSON, whatever its Content-Type says (`curl -d` names none), and no body as none. */
export function acceptAnyJson(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => {
        try {
            done(null, text === "" ? undefined : JSON.parse(text as string));
        } catch {
            done(new ApiError(400, "json_error", "invalid JSON in the request body"));
        }
    });
}

/** 410 for what was removed, 405 where only the method is wrong, 404 for the rest. Call before routes are added. */
export function answerUnknown(app: FastifyInstance): void {
    const paths: RegExp[] = [];
    app.addHook("onRoute", ({ url }) => {
        paths.push(new RegExp(`^${url.replace(/:\w+/g, "[^/]+")}$`));
    });
    app.setNotFoundHandler((request) => {
        const path = request.url.split("?")[0];
        if (/^\/v1\/datacenters(\/|$)/.test(path)) {
            throw new ApiError(410, "deprecated_api_endpoint", "API functionality was removed", {
                announcement: "https://docs.hetzner.cloud/changelog#2026-06-02-datacenters-endpoint-deprecated",
            });
        }
        throw paths.some((known) => known.test(path))
            ? new ApiError(405, "method_not_allowed", `${request.method} is not allowed for ${path}`)
            : new ApiError(404, "not_found", `${path} does not exist`);
    });
}
