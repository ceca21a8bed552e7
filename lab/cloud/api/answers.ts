import type { FastifyError, FastifyInstance } from "fastify";
import { ApiError, fromValidation } from "./errors";

/** The error answer for any thrown value. */
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
    // a bug of the local cloud, never an answer that a test asked for
    console.error("local cloud: request failed:", error);
    return new ApiError(500, "server_error", "internal error of the local cloud, see its log");
}

/** Parses every body as JSON, with any Content-Type (`curl -d` sends another one). A missing body is allowed. */
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

/** Answers 410 for removed paths, 405 for a wrong method, 404 for the rest. Must be called before routes are added. */
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
