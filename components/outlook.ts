import * as pulumi from "@pulumi/pulumi";
import type { Standing } from "./lookups";
import { lookUpImage, lookUpNetworkRange, lookUpOffers, lookUpServers, lookUpZone } from "./lookups";
import { defaultType } from "./spec/locations";
import { fateOf, standingOf, validateOrders } from "./orders";
import { invalid, InvalidArguments } from "./spec/invalidArgument";
import { refusable } from "./refusable";
import { itemAt, type NodeSpec, type PairSpec } from "./spec/spec";
import { validateAddresses } from "./spec/validateAddresses";
import { unknownLocation, validateZones } from "./spec/validateNodes";

/** The state of the cloud before an update of the pair. */
export interface Outlook {
    spec: PairSpec;
    /** The current server of each node; undefined if the update creates it. */
    standing: (Standing | undefined)[];
    /** Whether the cloud answered. If not, every server is undefined, although it may exist. */
    isAnswered: boolean;
}

/**
 * Asks the cloud before anything is created, in `preview` too, whether it has what the pair needs, and throws the
 * problems. Prints warnings that an operator has to read before the update.
 */
export function lookAhead(spec: pulumi.Output<PairSpec>, pair: pulumi.Resource): pulumi.Output<Outlook> {
    return spec.apply((given) => refusable(() => look(given, pair)));
}

async function look(given: PairSpec, pair: pulumi.Resource): Promise<Outlook> {
    const [offers, servers, zones] = await Promise.all([
        lookUpOffers(pair),
        lookUpServers(pair),
        Promise.all(given.nodes.map(async (node) => node.networkZone ?? (await lookUpZone(pair, node.location)))),
    ]);
    const standing = given.nodes.map((node) => standingOf(given.name, node, servers ?? []));
    const spec = inZones(given, zones, standing, pair);
    const problems = new InvalidArguments();
    if (offers !== undefined && servers !== undefined) {
        validateOrders(spec.nodes, standing, offers, new Date(), problems);
    }
    await Promise.all(
        spec.nodes.map(async (node, i) => {
            const { image, serverType, location } = node;
            const architecture = offers?.find(({ name }) => name === serverType)?.architecture;
            const fate = fateOf(node, standing[i]);
            if (architecture !== undefined && (fate === "new" || fate === "replaced")) {
                const found = await lookUpImage(pair, image, architecture);
                const reason = `the cloud has no image "${image}" for ${architecture}, the architecture of ${serverType} in ${location}: choose another, such as debian-12`;
                problems.check(found !== false, `nodes[${i}].image`, reason);
            }
        }),
    );
    if (problems.found.length > 0) {
        throw invalid(problems.found, pair);
    }
    await Promise.all(spec.nodes.map((node, i) => foretell(node, standing[i], pair)));
    return { spec, standing, isAnswered: servers !== undefined };
}

/**
 * The pair with the network zones that this release does not know. Without an answer it is that of the other node, and
 * a type that follows from the zone stays as it is.
 *
 * @param zones Of each node; null if the cloud has no such location, undefined if it does not answer.
 */
function inZones(
    spec: PairSpec,
    zones: (string | null | undefined)[],
    standing: Outlook["standing"],
    pair: pulumi.Resource,
): PairSpec {
    const known = zones.find((zone) => typeof zone === "string");
    const nodes = spec.nodes.map((node, i): NodeSpec => {
        const networkZone = zones[i] ?? known;
        const type =
            networkZone === undefined ? (standing[i]?.serverType ?? node.serverType) : defaultType(networkZone);
        return { ...node, networkZone, serverType: node.hasDefaultType ? type : node.serverType };
    });
    const problems = new InvalidArguments();
    nodes.forEach(({ location }, i) =>
        problems.check(zones[i] !== null, `nodes[${i}].location`, unknownLocation(location)),
    );
    validateZones(itemAt(nodes, 0), itemAt(nodes, 1), problems);
    if (problems.found.length > 0) {
        throw invalid(problems.found, pair);
    }
    return { ...spec, nodes };
}

/** A server that is off and that the update does not start, as a change of its type or a replacement would. */
export function staysOff(node: NodeSpec, standing: Standing | undefined): boolean {
    return standing?.status === "off" && fateOf(node, standing) === "kept";
}

async function foretell(node: NodeSpec, standing: Standing | undefined, pair: pulumi.Resource): Promise<void> {
    if (standing === undefined) {
        return;
    }
    if (staysOff(node, standing)) {
        const text = `${node.name} is off, so the pair has no redundancy and the update will fail. Start it: hcloud server poweron ${standing.id}`;
        await pulumi.log.warn(text, pair);
    }
    if (fateOf(node, standing) === "resized") {
        const text = `${node.name} is powered off while its type changes from ${standing.serverType} to ${node.serverType}. If the cloud refuses the new type, the server stays off. Then start it: hcloud server poweron ${standing.id}`;
        await pulumi.log.info(text, pair);
    }
}

/** The id of the given network, available when the pair's addresses were found to be in its range. */
export function inRange(
    networkId: pulumi.Output<number>,
    spec: pulumi.Output<PairSpec>,
    pair: pulumi.Resource,
): pulumi.Output<number> {
    return pulumi.all([networkId, spec]).apply(([id, spec]) => refusable(() => idInRange(id, spec, pair)));
}

async function idInRange(id: number, spec: PairSpec, pair: pulumi.Resource): Promise<number> {
    const networkRange = await lookUpNetworkRange(pair, id);
    const problems = new InvalidArguments();
    problems.check(
        networkRange !== null,
        "networkId",
        `the cloud has no network ${id}: choose one from "hcloud network list"`,
    );
    if (networkRange) {
        validateAddresses({ ...spec, networkRange }, problems);
    }
    if (problems.found.length > 0) {
        throw invalid(problems.found, pair);
    }
    return id;
}

/**
 * The placement group of a node's server. Only a server that is off can join or leave a group, so a kept server stays
 * where it is, and a new server starts in `wanted`.
 */
export function groupOf(
    index: number,
    { spec, standing }: Outlook,
    wanted: pulumi.Output<number> | undefined,
): pulumi.Output<number> | number | undefined {
    const server = standing[index];
    return server?.location === itemAt(spec.nodes, index).location ? server.placementGroupId : wanted;
}
