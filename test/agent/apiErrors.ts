import type { Row, Where } from "./rows";
import { describeRows } from "./rows";

interface ApiError {
    status: number;
    /** null: an HTML page from a proxy in front of the API. */
    code: string | null;
    cause: string;
    /** How long the claim may take, where a retry is slow on purpose. */
    withinMs?: number;
}

// the errors of change_alias_ips and of a proxy in front of the API
const ERRORS: ApiError[] = [
    { status: 400, code: "json_error", cause: "refused" },
    { status: 401, code: "unauthorized", cause: "token-refused", withinMs: 18_000 },
    { status: 403, code: "forbidden", cause: "token-refused", withinMs: 18_000 },
    { status: 403, code: "maintenance", cause: "server-error" },
    { status: 403, code: "resource_limit_exceeded", cause: "refused" },
    { status: 404, code: "not_found", cause: "not-found" },
    { status: 405, code: "method_not_allowed", cause: "refused" },
    { status: 409, code: "conflict", cause: "conflict" },
    { status: 409, code: "uniqueness_error", cause: "conflict" },
    { status: 410, code: "deprecated_api_endpoint", cause: "refused" },
    { status: 412, code: "resource_unavailable", cause: "refused" },
    { status: 422, code: "ip_not_available", cause: "address-busy" },
    { status: 422, code: "no_subnet_available", cause: "address-busy" },
    { status: 422, code: "invalid_input", cause: "refused" },
    { status: 422, code: "service_error", cause: "server-error" },
    { status: 422, code: "unsupported_error", cause: "refused" },
    { status: 423, code: "locked", cause: "locked" },
    { status: 423, code: "protected", cause: "refused" },
    { status: 429, code: "rate_limit_exceeded", cause: "rate-limit", withinMs: 8000 },
    { status: 500, code: "server_error", cause: "server-error" },
    { status: 502, code: null, cause: "server-error" },
    { status: 503, code: "unavailable", cause: "server-error" },
    { status: 504, code: "timeout", cause: "server-error" },
];

const ACTION_ERRORS = ["action_failed", "server_error", "timeout", "locked", "ip_not_available", "unknown_error"];

/** Refusals that mean "not yet": the agent sends the assignment early, and gets them before the clear has ended. */
const NOT_YET = ["address-busy", "locked", "conflict"];

/** Each error of the API and of its actions, once at each of these changes. */
export function describeErrors(at: Where): void {
    const rows = ERRORS.map(({ status, code, cause, withinMs }): Row => {
        const known = at === "assign" && NOT_YET.includes(cause);
        const name = `${status} ${code ?? "in HTML"}`;
        return {
            name,
            faults: [{ kind: "error", status, code, at, count: 1 }],
            cause: known ? undefined : cause,
            withinMs,
        };
    });
    const ended = ACTION_ERRORS.map((code): Row => {
        // assignments that come too early start no action
        const faults: Row["faults"] = [
            { kind: "actionError", code, at: "clear", count: 1 },
            { kind: "actionError", code, at: "assign", forMs: 700 },
        ];
        return {
            name: `the action ends with ${code}`,
            faults: faults.filter((fault) => at === "both" || fault.at === at),
            cause: "action-failed",
            withinMs: 4000,
        };
    });
    describeRows(`an error at ${at === "both" ? "the clear and the assign" : `the ${at}`}`, [...rows, ...ended]);
}
