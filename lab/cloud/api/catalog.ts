/** Hetzner's offers as of November 2026, as data. Prices are invented. */

import type { Change } from "./changes";

export interface Location {
    id: number;
    name: string;
    description: string;
    country: string;
    city: string;
    latitude: number;
    longitude: number;
    network_zone: string;
}

export interface Deprecation {
    announced: string;
    unavailable_after: string;
}

export interface ServerType {
    id: number;
    name: string;
    category: string;
    cores: number;
    memory: number;
    disk: number;
    cpuType: "shared" | "dedicated";
    architecture: "x86" | "arm";
    /** EUR net per hour. */
    price: number;
    locations: string[];
    deprecation: Deprecation | null;
    /** The locations of the deprecation. */
    deprecatedIn: string[];
}

export interface Image {
    id: number;
    name: string;
    description: string;
    os_flavor: string;
    os_version: string;
    architecture: "x86" | "arm";
    created: string;
    deprecated: string | null;
    /** The change that ended orders of new servers with it. */
    withdrawnBy?: Change;
}

const location = (
    id: number,
    name: string,
    city: string,
    country: string,
    network_zone: string,
    latitude: number,
    longitude: number,
): Location => ({ id, name, description: `${city} DC Park 1`, country, city, latitude, longitude, network_zone });

export const LOCATIONS: Location[] = [
    location(1, "fsn1", "Falkenstein", "DE", "eu-central", 50.47612, 12.370071),
    location(2, "nbg1", "Nuremberg", "DE", "eu-central", 49.452102, 11.076665),
    location(3, "hel1", "Helsinki", "FI", "eu-central", 60.169855, 24.938379),
    location(4, "ash", "Ashburn, VA", "US", "us-east", 39.045821, -77.487073),
    location(5, "hil", "Hillsboro, OR", "US", "us-west", 45.54222, -122.951924),
    location(6, "sin", "Singapore", "SG", "ap-southeast", 1.283333, 103.833333),
];

const EU = ["fsn1", "nbg1", "hel1"];
const ALL = [...EU, "ash", "hil", "sin"];

type Size = [id: number, name: string, cores: number, memory: number, disk: number, price: number];

const family =
    (
        category: string,
        architecture: "x86" | "arm",
        locations: string[],
        deprecation: Deprecation | null = null,
        deprecatedIn: string[] = deprecation ? locations : [],
    ) =>
    ([id, name, cores, memory, disk, price]: Size): ServerType => {
        const cpuType = category === "general_purpose" ? "dedicated" : "shared";
        const size = { id, name, category, cores, memory, disk, cpuType, architecture, price } as const;
        return { ...size, locations, deprecation, deprecatedIn };
    };

const GENERATION_2: Deprecation = {
    announced: "2025-10-16T06:00:00+00:00",
    unavailable_after: "2025-12-31T23:59:59+00:00",
};

const CX2: Size[] = [
    [104, "cx22", 2, 4, 40, 0.006],
    [105, "cx32", 4, 8, 80, 0.0109],
];
const CX3: Size[] = [
    [114, "cx23", 2, 4, 40, 0.0056],
    [115, "cx33", 4, 8, 80, 0.0088],
    [116, "cx43", 8, 16, 160, 0.0152],
    [117, "cx53", 16, 32, 320, 0.028],
];
const CPX1: Size[] = [
    [22, "cpx11", 2, 2, 40, 0.0079],
    [23, "cpx21", 3, 4, 80, 0.0133],
];
const CPX2: Size[] = [
    [108, "cpx12", 1, 2, 40, 0.0072],
    [109, "cpx22", 2, 4, 80, 0.0104],
    [110, "cpx32", 4, 8, 160, 0.0176],
    [111, "cpx42", 8, 16, 320, 0.032],
];
const CAX: Size[] = [
    [45, "cax11", 2, 4, 40, 0.0064],
    [93, "cax21", 4, 8, 80, 0.0112],
    [94, "cax31", 8, 16, 160, 0.0208],
];
const CCX3: Size[] = [
    [96, "ccx13", 2, 8, 80, 0.02],
    [97, "ccx23", 4, 16, 160, 0.0392],
];

export const SERVER_TYPES: ServerType[] = [
    ...CX2.map(family("cost_optimized", "x86", EU, GENERATION_2)),
    ...CX3.map(family("cost_optimized", "x86", EU)),
    // the first generation of CPX ends in Europe only
    ...CPX1.map(family("regular_purpose", "x86", ALL, GENERATION_2, EU)),
    ...CPX2.map(family("regular_purpose", "x86", ALL)),
    ...CAX.map(family("cost_optimized", "arm", EU)),
    ...CCX3.map(family("general_purpose", "x86", ALL)),
].sort((a, b) => a.id - b.id);

type Release = [x86: number, arm: number, flavor: string, version: string, created: string, deprecated?: string];
const WITHDRAWN_BY: Record<string, Change> = { "debian-11": "noDebian11" };

const RELEASES: Release[] = [
    [45557056, 103907373, "debian", "11", "2021-08-16T11:12:01+00:00"],
    [114690387, 114690389, "debian", "12", "2023-06-13T06:00:02+00:00"],
    [310557660, 310557661, "debian", "13", "2025-08-18T06:00:02+00:00"],
    [15512617, 103908070, "ubuntu", "20.04", "2020-04-23T17:55:14+00:00", "2025-05-21T07:17:59+00:00"],
    [67794396, 103908130, "ubuntu", "22.04", "2022-04-21T13:32:38+00:00"],
    [161547269, 161547270, "ubuntu", "24.04", "2024-04-25T13:26:27+00:00"],
];

export const IMAGES: Image[] = RELEASES.flatMap(([x86, arm, os_flavor, os_version, created, deprecated = null]) => {
    const name = `${os_flavor}-${os_version}`;
    const description = `${os_flavor[0].toUpperCase()}${os_flavor.slice(1)} ${os_version}`;
    const image = { name, description, os_flavor, os_version, created, deprecated, withdrawnBy: WITHDRAWN_BY[name] };
    return [
        { id: x86, architecture: "x86" as const, ...image },
        { id: arm, architecture: "arm" as const, ...image },
    ];
}).sort((a, b) => a.id - b.id);

/** Finds by id (a number, or digits) or by name. */
export function byIdOrName<T extends { id: number; name: string }>(items: Iterable<T>, wanted: string | number): T[] {
    return [...items].filter((item) => String(item.id) === String(wanted) || item.name === wanted);
}
