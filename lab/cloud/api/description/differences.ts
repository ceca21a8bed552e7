import { CHANGES } from "../changes";
import type { DescribedOperation, Schema } from "./reduced";

/**
 * Where Hetzner's API is not what its description of June 2026 says. This list is the only place for that: everything else in which the
 * local cloud differs from the description fails its unit tests.
 */

interface Difference {
    why: string;
    /** Holds from this day on, by the cloud's date; default always. */
    since?: string;
}

interface RemovedField extends Difference {
    field: string;
}

interface AddedField extends Difference {
    /** Of which object: the one that has all these fields. */
    where: string[];
    field: string;
    schema: Schema;
}

interface AddedValue extends Difference {
    field: string;
    value: string;
}

interface AddedOperation extends Difference {
    operation: string;
    described: DescribedOperation;
}

export const REMOVED_FIELDS: RemovedField[] = [
    { field: "datacenter", since: "2026-07-01", why: "changelog: removed from servers and primary IPs" },
    { field: "deprecated", since: CHANGES.noDeprecatedField, why: "changelog: `deprecation` tells more" },
];

export const ADDED_FIELDS: AddedField[] = [
    {
        where: ["actions"],
        field: "meta",
        schema: { type: "object" },
        why: "GET /actions: the description leaves the pagination out, and hcloud-go asks for pages",
    },
];

export const ADDED_VALUES: AddedValue[] = [
    {
        field: "assignee_type",
        value: "unassigned",
        since: CHANGES.unassignedPrimaryIps,
        why: "changelog: what a primary IP without an assignee has",
    },
];

/** What a request may leave out. */
export const OPTIONAL_FIELDS: { field: string; why: string }[] = [
    { field: "assignee_type", why: "hcloud provider 1.62: optional for a new primary IP without an assignee" },
];

/** What a request may name by its id, as a number. */
export const FIELDS_WITH_IDS: { field: string; why: string }[] = [
    { field: "image", why: "hcloud-go sends the id as a number when it knows it" },
    { field: "server_type", why: "hcloud-go sends the id as a number when it knows it" },
    { field: "ssh_keys", why: "hcloud-go sends the ids as numbers" },
];

const text = { type: "string" };
const number = { type: "integer" };
const member = {
    type: { type: "string", enum: ["server", "load_balancer"] },
    id: number,
    ip: text,
    alias_ips: { type: "array", items: text },
    subnet: { ...text, nullable: true },
    status: { type: "string", enum: ["ok", "attaching", "detaching", "updating", "error"] },
};

function objectOf(properties: Record<string, Schema>): Schema {
    return { type: "object", properties, required: Object.keys(properties) };
}

export const ADDED_OPERATIONS: AddedOperation[] = [
    {
        operation: "GET /networks/{id}/members",
        since: CHANGES.networkMembers,
        why: "changelog; fields and values as in hcloud-go #923, hcloud-python #687",
        described: {
            request: null,
            answers: {
                "200": objectOf({
                    members: { type: "array", items: objectOf(member) },
                    meta: { type: "object" },
                }),
                "4xx": objectOf({ error: objectOf({ code: text, message: text, details: { nullable: true } }) }),
            },
        },
    },
];

export function isAdded(operation: string): boolean {
    return ADDED_OPERATIONS.some((added) => added.operation === operation);
}
