/**
 * The network zone of each location. A network spans the locations of one zone, so both nodes of a pair stand in one.
 * Source: Hetzner Cloud API, `GET /v1/locations`, field `network_zone`.
 */
const ZONES: Record<string, string> = {
    nbg1: "eu-central",
    fsn1: "eu-central",
    hel1: "eu-central",
    ash: "us-east",
    hil: "us-west",
    sin: "ap-southeast",
};

export const LOCATIONS: readonly string[] = Object.keys(ZONES);

export function zoneOf(location: string): string | undefined {
    return Object.hasOwn(ZONES, location) ? ZONES[location] : undefined;
}

/** "nbg1" for "nbg1-dc3": the API took names of data centres until July 2026, and old programs still have them. */
export function locationOfDatacenter(name: string): string | undefined {
    const location = name.replace(/-dc\d+$/, "");
    return location !== name && zoneOf(location) !== undefined ? location : undefined;
}
