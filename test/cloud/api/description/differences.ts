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
        since: "2026-08-01",
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

export const ADDED_OPERATIONS: AddedOperation[] = [];

export function isAdded(operation: string): boolean {
    return ADDED_OPERATIONS.some((added) => added.operation === operation);
}
