import { whyNotHostKey } from "../ssh/hostKeys";
import { locationOfDatacenter, LOCATIONS } from "./locations";
import type { InvalidArguments } from "./invalidArgument";
import type { NodeSpec, PairSpec } from "./spec";

// RFC 1123: the cloud checks server names against it
const HOST_NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** A location of a later year than this release still looks like one. */
const LOCATION = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * The oldest version of each system whose keepalived has every setting that the pair uses (reload_check_config needs
 * 2.2.0).
 */
const OLDEST = new Map([
    ["debian", 12],
    ["ubuntu", 22.04],
]);

export function validateNodes({ nodes }: PairSpec, problems: InvalidArguments): void {
    const [first, second] = nodes;
    const count = `${nodes.length} nodes: a pair has two, so give both or omit nodes`;
    if (!problems.check(nodes.length === 2, "nodes", count) || first === undefined || second === undefined) {
        return;
    }
    nodes.forEach((node, i) => {
        problems.check(
            HOST_NAME.test(node.name),
            `nodes[${i}].name`,
            `"${node.name}" is not a host name: use at most 63 letters, digits and hyphens`,
        );
        const reason = whyNotImage(node.image);
        problems.check(reason === undefined, `nodes[${i}].image`, reason ?? "");
        const key = node.hostKey === undefined ? undefined : whyNotHostKey(node.hostKey);
        problems.check(key === undefined, `nodes[${i}].hostKey`, key ?? "");
        const isName = LOCATION.test(node.location) && locationOfDatacenter(node.location) === undefined;
        problems.check(isName, `nodes[${i}].location`, unknownLocation(node.location));
    });
    problems.check(
        first.name.toLowerCase() !== second.name.toLowerCase(),
        "nodes[1].name",
        `"${second.name}" is also the other node's name: choose different names`,
    );
    validateZones(first, second, problems);
}

/** The zone of a location that this release does not know is checked as soon as the cloud has answered. */
export function validateZones(first: NodeSpec, second: NodeSpec, problems: InvalidArguments): void {
    const [one, other] = [first.networkZone, second.networkZone];
    problems.check(
        one === undefined || other === undefined || one === other,
        "nodes[1].location",
        `${second.location} is in the network zone ${other}, ${first.location} in ${one}: choose both in one zone, because a network does not span zones`,
    );
}

/** The nodes install Debian packages, so an image of another or an unknown system cannot work. */
function whyNotImage(image: string): string | undefined {
    const [, system, version] = /^(debian|ubuntu)-(\d+(?:\.\d+)?)$/.exec(image) ?? [];
    if (system === undefined) {
        const what = /^\d+$/.test(image)
            ? "is the id of an image, and its system is unknown"
            : "is not a supported image";
        return `"${image}" ${what}: write the name of an image with Debian 12 or newer, or Ubuntu 22.04 or newer, such as debian-12`;
    }
    return Number(version) >= OLDEST.get(system)!
        ? undefined
        : `${image} has a keepalived older than 2.2: choose Debian 12 or newer, or Ubuntu 22.04 or newer`;
}

export function unknownLocation(name: string): string {
    const location = locationOfDatacenter(name);
    return location
        ? `"${name}" is a data centre, which the cloud's API no longer accepts since July 2026: write ${location}`
        : `"${name}" is unknown: choose one of ${LOCATIONS.join(", ")}`;
}
