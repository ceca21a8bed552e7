import { locationOfDatacenter, LOCATIONS, zoneOf } from "./locations";
import type { Problems } from "./problem";
import type { NodeSpec, PairSpec } from "./spec";

// RFC 1123, as the cloud checks the names of servers
const HOST_NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** Images whose keepalived does not know what the pair needs of it (reload_check_config is of 2.2.0). */
const TOO_OLD = ["debian-10", "debian-11", "ubuntu-18.04", "ubuntu-20.04"];

export function validateNodes({ nodes }: PairSpec, problems: Problems): void {
    if (
        !problems.check(
            nodes.length === 2,
            "nodes",
            `${nodes.length} nodes: a pair has two; leave nodes out or name both`,
        )
    ) {
        return;
    }
    nodes.forEach((node, i) => {
        problems.check(
            HOST_NAME.test(node.name),
            `nodes[${i}].name`,
            `"${node.name}" is no host name: use letters, digits and hyphens, 63 at most`,
        );
        problems.check(
            !TOO_OLD.includes(node.image),
            `nodes[${i}].image`,
            `${node.image} has a keepalived older than 2.2: choose Debian 12 or newer, or Ubuntu 22.04 or newer`,
        );
        problems.check(zoneOf(node.location) !== undefined, `nodes[${i}].location`, unknownLocation(node.location));
    });
    const [first, second] = nodes;
    problems.check(
        first.name.toLowerCase() !== second.name.toLowerCase(),
        "nodes[1].name",
        `"${second.name}" is the other node's name too: servers need different names`,
    );
    const zones = nodes.map((node: NodeSpec) => zoneOf(node.location));
    problems.check(
        zones.includes(undefined) || zones[0] === zones[1],
        "nodes[1].location",
        `${second.location} is in the network zone ${zones[1]}, ${first.location} in ${zones[0]}: a network does not span zones, choose both in one`,
    );
}

function unknownLocation(name: string): string {
    const location = locationOfDatacenter(name);
    return location
        ? `"${name}" is a data centre, and the cloud's API takes locations only since July 2026: write ${location}`
        : `"${name}" is unknown: choose one of ${LOCATIONS.join(", ")}`;
}
