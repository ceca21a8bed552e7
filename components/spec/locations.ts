/**
 * The network zone of each location. A network spans the locations of one zone, so both nodes of a pair are in one
 * zone. Source: Hetzner Cloud API, `GET /v1/locations`, field `network_zone`.
 */
const ZONES = new Map([
    ["nbg1", "eu-central"],
    ["fsn1", "eu-central"],
    ["hel1", "eu-central"],
    ["ash", "us-east"],
    ["hil", "us-west"],
    ["sin", "ap-southeast"],
]);

/** What is taken for the zone of a location that this release does not know while the cloud does not answer. */
export const DEFAULT_ZONE = "eu-central";

/**
 * The smallest server type with 2 CPUs in every location of the zone. Source: `GET /v1/server_types`, field
 * `locations`: the cx types are in eu-central only, ccx13 is everywhere.
 */
export function defaultType(zone = DEFAULT_ZONE): string {
    return zone === DEFAULT_ZONE ? "cx23" : "ccx13";
}

export const LOCATIONS: readonly string[] = [...ZONES.keys()];

export function zoneOf(location: string): string | undefined {
    return ZONES.get(location);
}

/** "nbg1" for "nbg1-dc3": the API accepted names of data centres until July 2026, and old programs still use them. */
export function locationOfDatacenter(name: string): string | undefined {
    const location = name.replace(/-dc\d+$/, "");
    return location !== name && zoneOf(location) !== undefined ? location : undefined;
}
