import type { Settings } from "./settings";

/**
 * Hetzner's API changes and their dates, which the local cloud applies by its own date. Source:
 * docs.hetzner.cloud/changelog and the official clients.
 */
export const CHANGES = {
    /** An unassigned primary IP has the assignee type `unassigned`; it was `server`. */
    unassignedPrimaryIps: "2026-08-01",
    /** The metadata service has only `/hetzner/v1`; `/latest` and `/2009-04-04` are gone. */
    noEc2Metadata: "2026-08-01",
    /** GET /networks/{id}/members. */
    networkMembers: "2026-09-15",
    /** Images and server types have no `deprecated`; `deprecation` stays. */
    noDeprecatedField: "2026-11-02",
    /** No new servers with Debian 11. */
    noDebian11: "2026-11-30",
} as const;

/** The first date that the local cloud supports: before, servers had a `datacenter`. */
export const FIRST_DATE = "2026-07-01";

export type Change = keyof typeof CHANGES;

export function has({ date }: Pick<Settings, "date">, change: Change): boolean {
    return today({ date }) >= CHANGES[change];
}

/** YYYY-MM-DD. */
export function today({ date }: Pick<Settings, "date">): string {
    return date ?? new Date().toISOString().slice(0, 10);
}

/** @throws Error for text that is not a date from `FIRST_DATE` on */
export function checkDate(date: string): string {
    const isDate = /^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date));
    if (!isDate || date < FIRST_DATE) {
        throw new Error(`date: "${date}" is not a date from ${FIRST_DATE} on; write it as YYYY-MM-DD`);
    }
    return date;
}
