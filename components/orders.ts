import type { Offer, Standing } from "./lookups";
import type { Problems } from "./spec/problem";
import type { NodeSpec } from "./spec/spec";

/** What an update does with a node's server. */
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

/** The server of a node: the one of its name; after a change of the name, the pair's one with the node's address. */
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
 * Whether the cloud can deliver what the nodes need. An update deletes a server before it orders the new one, and powers
 * a server off before it asks for another type; a refusal then leaves the pair with one node.
 *
 * @param now For what is to be withdrawn.
 */
export function validateOrders(
    nodes: NodeSpec[],
    standing: (Standing | undefined)[],
    offers: Offer[],
    now: Date,
    problems: Problems,
): void {
    nodes.forEach((node, i) => {
        const fate = fateOf(node, standing[i]);
        const reason = fate === "kept" ? undefined : whyNotOrdered(node, standing[i], fate, offers, now);
        problems.check(reason === undefined, `nodes[${i}].serverType`, reason ?? "");
    });
}

/** For each server that is there and not in the placement group: how it gets into it. */
export function outside(group: number, nodes: NodeSpec[], standing: (Standing | undefined)[]): string[] {
    return standing.flatMap((server, i) => {
        if (server === undefined || server.location !== nodes[i].location || server.placementGroupId === group) {
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
            `the server ${name} is not in the placement group ${group}, so both nodes may run on one machine and die with it. Only a server that is off can enter: one node after the other, the one that serves last and after "npx failover switchover": ${commands.join(" && ")}`,
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
        return `${serverType} is sold out in ${location} at the moment: wait, or choose another location; else ${choice()}`;
    }
    if (fate !== "resized" || standing === undefined) {
        return undefined;
    }
    const before = offers.find((each) => each.name === standing.serverType)?.architecture ?? offer.architecture;
    const fits = () => choose(offers, location, now, { architecture: before, disk: standing.primaryDiskSize });
    if (offer.architecture !== before) {
        return `${serverType} has the architecture ${offer.architecture}, the server ${name} has ${before} and cannot change it: ${fits()}`;
    }
    if (offer.disk < standing.primaryDiskSize) {
        return `${serverType} has a disk of ${offer.disk} GB, the server ${name} has ${standing.primaryDiskSize} GB and a disk cannot shrink: ${fits()}`;
    }
    return undefined;
}

/** Types that can be ordered there now, as the end of a message; few, for a message is read whole. */
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
        ? `choose another location, ${location} has no type at the moment that fits`
        : `choose a type that ${location} has, such as ${names.slice(0, 6).join(", ")}`;
}

function isWithdrawn(unavailableAfter: string | undefined, now: Date): boolean {
    return !!unavailableAfter && new Date(unavailableAfter) < now;
}
