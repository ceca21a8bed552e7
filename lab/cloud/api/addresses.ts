import type { Context } from "./context";
import { invalidInput, unprocessable } from "./errors";
import { contains, formatIp, ip, range } from "./ipv4";
import type { Network, Server, Subnet } from "./model";

export const MAX_ALIASES = 5;
/** The gateway of the public interfaces. */
export const PUBLIC_GATEWAY = ip("172.31.1.1");

export function attachedServers(ctx: Context, networkId: number): Server[] {
    return [...ctx.store.servers.values()].filter(({ nics }) => nics.some((nic) => nic.networkId === networkId));
}

/** Every address of the network that is assigned or about to be. An address counts until its release has completed. */
function takenIps(ctx: Context, networkId: number): Set<string> {
    const nics = [...ctx.store.servers.values()].flatMap((server) => server.nics);
    const held = nics.filter((nic) => nic.networkId === networkId).flatMap((nic) => [nic.ip, ...nic.aliasIps]);
    return new Set([...held, ...ctx.actions.claims(networkId)]);
}

export function subnetOf(network: Network, address: string): Subnet | undefined {
    return network.subnets.find((subnet) => contains(range(subnet.ipRange), ip(address)));
}

/** The network's only gateway for all subnets: the first address of its range. */
export function gatewayOf(network: Network): number {
    return range(network.ipRange).first + 1;
}

/** The gateway, the network's and each subnet's own first and last number. */
function isReserved(network: Network, address: number): boolean {
    const ranges = [network, ...network.subnets].map(({ ipRange }) => range(ipRange));
    const edges = ranges.flatMap(({ first, last }) => [first, last]);
    return [gatewayOf(network), PUBLIC_GATEWAY, ...edges].includes(address);
}

/**
 * Checks a new list of alias IPs of a server in a network.
 * @param own aliases that it has already
 * @throws ApiError 422: `invalid_input` for an address that cannot be assigned, `heldAliasCode` for an assigned one
 */
export function checkAliases(ctx: Context, network: Network, aliases: string[], own: string[]): void {
    const problems = aliases.flatMap((alias) => {
        const subnet = subnetOf(network, alias);
        if (!subnet || subnet.type === "vswitch") {
            return [`${alias} is not in a subnet of network ${network.id}`];
        }
        return isReserved(network, ip(alias)) ? [`${alias} is reserved`] : [];
    });
    if (aliases.length > MAX_ALIASES) {
        problems.unshift(`has more than ${MAX_ALIASES} entries`);
    }
    if (problems.length > 0) {
        throw invalidInput({ alias_ips: problems });
    }
    const taken = takenIps(ctx, network.id);
    if (aliases.some((alias) => taken.has(alias) && !own.includes(alias))) {
        throw ctx.settings.heldAliasCode === "ip_not_available"
            ? unprocessable("ip_not_available", "IP not available")
            : unprocessable("no_subnet_available", "no subnet or IP available");
    }
}

/**
 * The address of a newly attached server: the wanted one, or a free one from the subnet `ipRange`, or else from the
 * last subnet of its zone in the order of their ranges.
 * @throws ApiError 422 `no_subnet_available`, `ip_not_available`, `invalid_input`
 */
export function pickIp(
    ctx: Context,
    network: Network,
    zone: string,
    wanted: string | undefined,
    ipRange: string | undefined,
    aliases: string[],
): string {
    const subnets = network.subnets
        .filter((subnet) => subnet.type !== "vswitch" && subnet.networkZone === zone)
        .filter((subnet) => ipRange === undefined || subnet.ipRange === ipRange)
        .map((subnet) => range(subnet.ipRange))
        .sort((a, b) => b.first - a.first);
    const taken = new Set([...takenIps(ctx, network.id), ...aliases]);
    if (wanted !== undefined) {
        if (ipRange !== undefined && !contains(range(ipRange), ip(wanted))) {
            throw invalidInput({ ip: [`is not in ip_range ${ipRange}`] });
        }
        if (!subnets.some((subnet) => contains(subnet, ip(wanted)))) {
            throw unprocessable("no_subnet_available", "no subnet available for the provided IP");
        }
        if (taken.has(wanted) || isReserved(network, ip(wanted))) {
            throw unprocessable("ip_not_available", "provided IP is not available");
        }
        return wanted;
    }
    const takenNumbers = new Set([...taken].map(ip));
    for (const { first, last } of subnets) {
        for (let address = first; address <= last; address++) {
            if (!takenNumbers.has(address) && !isReserved(network, address)) {
                return formatIp(address);
            }
        }
    }
    throw unprocessable("no_subnet_available", "no subnet or IP available");
}
