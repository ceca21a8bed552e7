import * as hcloud from "@pulumi/hcloud";
import * as pulumi from "@pulumi/pulumi";

/** A server type and the locations that offer it. */
export interface Offer {
    name: string;
    architecture: string;
    /** GB. */
    disk: number;
    locations: OfferLocation[];
}

export interface OfferLocation {
    name: string;
    /** False while the type is sold out there. */
    available: boolean;
    /** The time after which the type cannot be ordered there; empty if none is announced. */
    unavailableAfter: string;
}

/** A server of the project as it is now. */
export interface Standing {
    id: number;
    name: string;
    location: string;
    serverType: string;
    /** The image's name, or its id if it has no name. */
    image?: string;
    status: string;
    /** GB. A server that was resized and kept its disk has a smaller one than its type. */
    primaryDiskSize: number;
    placementGroupId?: number;
    ipv4Address?: string;
    labels?: Record<string, string>;
    networks?: { ip: string }[];
}

/** Answers for each provider, and for the program's default provider. */
const answers = new WeakMap<object, Map<string, Promise<unknown>>>();

/** Undefined if the cloud does not answer. One request for every 50 types serves all pairs of the program. */
export async function lookUpOffers(resource: pulumi.Resource): Promise<Offer[] | undefined> {
    const answer = await once(resource, "server types", (opts) => hcloud.getServerTypes(opts));
    // mocks do not return a list
    return answer?.serverTypes;
}

/**
 * All servers of the project: names are unique in it, so a server is found even without its labels. Undefined if the
 * cloud does not answer. One request for every 50 servers.
 */
export async function lookUpServers(resource: pulumi.Resource): Promise<Standing[] | undefined> {
    const answer = await once(resource, "servers", (opts) => hcloud.getServers({}, opts));
    // the provider returns 0 and "" for missing values: no placement group, or an image that the cloud has deleted
    return answer?.servers?.map((server) => ({
        ...server,
        image: server.image || undefined,
        placementGroupId: server.placementGroupId || undefined,
    }));
}

/** Whether the cloud has this image for this architecture; undefined if it does not answer. */
export async function lookUpImage(
    resource: pulumi.Resource,
    name: string,
    architecture: string,
): Promise<boolean | undefined> {
    const question = { name, withArchitecture: architecture, includeDeprecated: true };
    const answer = await once(resource, `image ${name} for ${architecture}`, (opts) =>
        orNull(hcloud.getImage(question, opts)),
    );
    return answer === undefined ? undefined : answer !== null;
}

/** The network zone of a location; null if there is no such location, undefined if the cloud does not answer. */
export async function lookUpZone(resource: pulumi.Resource, name: string): Promise<string | null | undefined> {
    const answer = await once(resource, `location ${name}`, (opts) => orNull(hcloud.getLocation({ name }, opts)));
    return answer === null ? null : answer?.networkZone;
}

/** The range of a network; null if there is no such network, undefined if the cloud does not answer. */
export async function lookUpNetworkRange(resource: pulumi.Resource, id: number): Promise<string | null | undefined> {
    const answer = await once(resource, `network ${id}`, (opts) => orNull(hcloud.getNetwork({ id }, opts)));
    return answer === null ? null : answer?.ipRange;
}

/** Null if the cloud does not have it: "Resource (image) was not found", "no network found". */
function orNull<T>(answer: Promise<T>): Promise<T | null> {
    return answer.catch((error: Error) => {
        if (/\bnot? (\w+ )?found/i.test(error.message)) {
            return null;
        }
        throw error;
    });
}

/**
 * Asks once for all pairs of the program. If the cloud does not answer, a warning is enough: it refuses wrong values
 * later.
 */
function once<T>(
    resource: pulumi.Resource,
    what: string,
    ask: (opts: pulumi.InvokeOptions) => Promise<T>,
): Promise<T | undefined> {
    const asked = memory(resource);
    let answer = asked.get(what) as Promise<T | undefined> | undefined;
    if (answer === undefined) {
        answer = ask({ parent: resource }).catch(async (error: Error) => {
            const text = `The cloud did not return its ${what}, so mistakes in them may appear only in the middle of the update: ${error.message}`;
            await pulumi.log.warn(text, resource);
            return undefined;
        });
        asked.set(what, answer);
    }
    return answer;
}

function memory(resource: pulumi.Resource): Map<string, Promise<unknown>> {
    const owner = resource.getProvider("hcloud:index/server:Server") ?? pulumi.runtime.getMonitor() ?? resource;
    let asked = answers.get(owner);
    if (asked === undefined) {
        asked = new Map();
        answers.set(owner, asked);
    }
    return asked;
}
