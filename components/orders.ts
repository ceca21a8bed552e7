import type { Offer, Standing } from "./lookups";
import type { InvalidArguments } from "./spec/invalidArgument";
import { itemAt, type NodeSpec } from "./spec/spec";

/** What an update does to a node's server. */
export type Fate = "new" | "replaced" | "resized" | "kept";

export function fateOf(node: NodeSpec, standing: Standing | undefined): Fate {
    if (standing === undefined) {
        return "new";
    }
    const image = standing.image ?? node.image;
    if (standing.location !== node.location || image !== node.image) {
        return "replaced";
    }
    return standing.serverType === node.serverType ? "kept" : "resized";
}

/**
 * The server of a node: the server with its name or, after a change of the name, the pair's server with its address.
 */
export function standingOf(pair: string, node: NodeSpec, servers: Standing[]): Standing | undefined {
    return (
        servers.find(({ name }) => name === node.name) ??
        servers.find(
            ({ labels, networks }) =>
                labels?.["failover-pair"] === pair && networks?.some(({ ip }) => ip === node.address),
        )
    );
}

/**
 * Whether the cloud can provide what the nodes need. An update deletes a server before it orders the new one, and
 * powers a server off before it requests another type, so a refusal would leave the pair with one node.
 *
 * @param now The time against which announced ends of server types are checked.
 */
export function validateOrders(
    nodes: NodeSpec[],
    standing: (Standing | undefined)[],
    offers: Offer[],
    now: Date,
    problems: InvalidArguments,
): void {
    nodes.forEach((node, i) => {
        const fate = fateOf(node, standing[i]);
        const reason = fate === "kept" ? undefined : whyNotOrdered(node, standing[i], fate, offers, now);
        problems.check(reason === undefined, `nodes[${i}].serverType`, reason ?? "");
    });
}

/** For each existing server outside the placement group: a warning with the commands that move it in. */
export function outside(group: number, nodes: NodeSpec[], standing: (Standing | undefined)[]): string[] {
    return standing.flatMap((server, i) => {
        if (
            server === undefined ||
            server.location !== itemAt(nodes, i).location ||
            server.placementGroupId === group
        ) {
            return [];
        }
        const { id, name, placementGroupId } = server;
        const commands = [
            `hcloud server poweroff ${id}`,
            ...(placementGroupId ? [`hcloud server remove-from-placement-group ${id}`] : []),
            `hcloud server add-to-placement-group --placement-group ${group} ${id}`,
            `hcloud server poweron ${id}`,
            "pulumi up --refresh",
        ];
        return [
            `the server ${name} is not in the placement group ${group}, so both nodes may run on one machine and fail with it. Only a server that is off can join. For one node after the other, the serving node last and after "npx failover switchover", run: ${commands.join(" && ")}`,
        ];
    });
}

function whyNotOrdered(
    { name, location, serverType }: NodeSpec,
    standing: Standing | undefined,
    fate: Fate,
    offers: Offer[],
    now: Date,
): string | undefined {
    const offer = offers.find((offer) => offer.name === serverType);
    const choice = () => choose(offers, location, now);
    if (offer === undefined) {
        return `"${serverType}" is not a server type of the cloud: ${choice()}`;
    }
    const there = offer.locations.find((each) => each.name === location);
    if (there === undefined) {
        return `${serverType} is not offered in ${location}: ${choice()}`;
    }
    if (isWithdrawn(there.unavailableAfter, now)) {
        return `${serverType} has not been offered in ${location} since ${there.unavailableAfter}: ${choice()}`;
    }
    if (!there.available) {
        return `${serverType} is sold out in ${location} at the moment: wait, choose another location, or ${choice()}`;
    }
    if (fate !== "resized" || standing === undefined) {
        return undefined;
    }
    const before = offers.find((each) => each.name === standing.serverType)?.architecture ?? offer.architecture;
    const fits = () => choose(offers, location, now, { architecture: before, disk: standing.primaryDiskSize });
    if (offer.architecture !== before) {
        return `${serverType} has the architecture ${offer.architecture}, but the server ${name} has ${before} and cannot change it: ${fits()}`;
    }
    if (offer.disk < standing.primaryDiskSize) {
        return `${serverType} has a disk of ${offer.disk} GB, but the server ${name} has ${standing.primaryDiskSize} GB and a disk cannot shrink: ${fits()}`;
    }
    return undefined;
}

/** The end of a message, with a few of the types that can be ordered there now. */
function choose(offers: Offer[], location: string, now: Date, need: Partial<Offer> = {}): string {
    const isThere = ({ locations }: Offer) =>
        locations.some(
            ({ name, available, unavailableAfter }) =>
                name === location && available && !isWithdrawn(unavailableAfter, now),
        );
    const fits = ({ architecture, disk }: Offer) =>
        (need.architecture ?? architecture) === architecture && (need.disk ?? 0) <= disk;
    const names = offers.filter((offer) => isThere(offer) && fits(offer)).map(({ name }) => name);
    return names.length === 0
        ? `choose another location, because ${location} offers no fitting type at the moment`
        : `choose a type that ${location} offers, such as ${names.slice(0, 6).join(", ")}`;
}

function isWithdrawn(unavailableAfter: string | undefined, now: Date): boolean {
    return !!unavailableAfter && new Date(unavailableAfter) < now;
}
