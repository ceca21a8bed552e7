/** The rules for a network's ranges, subnets and routes. */

import { attachedServers, gatewayOf, PUBLIC_GATEWAY } from "../addresses";
import { LOCATIONS } from "../catalog";
import type { Context } from "../context";
import { invalidInput, unprocessable } from "../errors";
import type { Range } from "../ipv4";
import { contains, formatRange, ip, isPrivate, overlaps, range, within } from "../ipv4";
import type { Network, Route, Subnet } from "../model";

export const MAX_SUBNETS = 50;
export const MAX_ROUTES = 100;
const ANYWHERE = "0.0.0.0/0";

export interface SubnetBody {
    type: Subnet["type"];
    ip_range?: string;
    network_zone: string;
    vswitch_id?: number;
}

function refuse(field: string, message: string): never {
    throw invalidInput({ [field]: [message] });
}

export function checkNetworkRange(ipRange: string): void {
    const wanted = range(ipRange);
    if (!isPrivate(wanted)) {
        refuse("ip_range", "must be a private range of RFC 1918");
    }
    if (wanted.bits > 24) {
        refuse("ip_range", "must be at least a /24");
    }
}

/** A network's range can grow only at its end. */
export function checkNewRange(network: Network, ipRange: string): void {
    checkNetworkRange(ipRange);
    const wanted = range(ipRange);
    const current = range(network.ipRange);
    if (wanted.first !== current.first || wanted.bits > current.bits) {
        refuse("ip_range", `must begin with ${network.ipRange.split("/")[0]} and not be smaller than it is`);
    }
}

/** @returns the subnet, with the first free /24 where no range is given */
export function newSubnet(network: Network, body: SubnetBody): Subnet {
    const { type, network_zone: networkZone, vswitch_id: vswitchId = null } = body;
    if (!LOCATIONS.some((location) => location.network_zone === networkZone)) {
        refuse("network_zone", "is not a network zone");
    }
    if ((type === "vswitch") !== (vswitchId !== null)) {
        refuse("vswitch_id", "must be given for subnets of type vswitch, and only for them");
    }
    if (network.subnets.length >= MAX_SUBNETS) {
        refuse("subnets", `has more than ${MAX_SUBNETS} entries`);
    }
    const ipRange = body.ip_range ?? firstFree(network);
    checkSubnetRange(network, range(ipRange));
    return { type, ipRange, networkZone, vswitchId };
}

function usedRanges(network: Network): Range[] {
    const destinations = network.routes.map(({ destination }) => destination).filter((text) => text !== ANYWHERE);
    return [...network.subnets.map(({ ipRange }) => ipRange), ...destinations].map(range);
}

function firstFree(network: Network): string {
    const whole = range(network.ipRange);
    for (let first = whole.first; first + 255 <= whole.last; first += 256) {
        const candidate = { first, last: first + 255, bits: 24 };
        if (!usedRanges(network).some((used) => overlaps(used, candidate))) {
            return formatRange(candidate);
        }
    }
    throw unprocessable("no_subnet_available", "no free /24 range in the network");
}

function checkSubnetRange(network: Network, wanted: Range): void {
    if (!within(wanted, range(network.ipRange))) {
        refuse("ip_range", `is not in the network's range ${network.ipRange}`);
    }
    if (wanted.bits > 30) {
        refuse("ip_range", "must be at least a /30");
    }
    if (usedRanges(network).some((used) => overlaps(used, wanted))) {
        refuse("ip_range", "overlaps with another subnet or the destination of a route");
    }
}

/** @throws ApiError 422 `service_error`; the Terraform provider retries on its words "servers are attached" */
export function checkSubnetIsEmpty(ctx: Context, network: Network, subnet: Subnet): void {
    const inside = (address: string) => contains(range(subnet.ipRange), ip(address));
    const nics = attachedServers(ctx, network.id).flatMap((server) => server.nics);
    const own = nics.filter((nic) => nic.networkId === network.id).flatMap((nic) => [nic.ip, ...nic.aliasIps]);
    if ([...own, ...ctx.actions.claims(network.id)].some(inside)) {
        throw unprocessable("service_error", "cannot remove subnet because servers are attached to it");
    }
}

export function checkRoute(network: Network, { destination, gateway }: Route): void {
    if (network.routes.length >= MAX_ROUTES) {
        refuse("routes", `has more than ${MAX_ROUTES} entries`);
    }
    const wanted = range(destination);
    if (destination !== ANYWHERE && !isPrivate(wanted)) {
        refuse("destination", `must be a private range of RFC 1918 or ${ANYWHERE}`);
    }
    const same = network.routes.some((route) => route.destination === destination);
    const used = usedRanges(network).some((other) => overlaps(other, wanted));
    if (same || (destination !== ANYWHERE && (used || contains(wanted, PUBLIC_GATEWAY)))) {
        refuse("destination", "overlaps with a subnet, another route or 172.31.1.1");
    }
    const hop = ip(gateway);
    const behindVswitch = network.subnets.some(
        ({ type, ipRange }) => type === "vswitch" && contains(range(ipRange), hop),
    );
    if (
        !contains(range(network.ipRange), hop) ||
        hop === gatewayOf(network) ||
        hop === PUBLIC_GATEWAY ||
        behindVswitch
    ) {
        refuse("gateway", "invalid gateway");
    }
}
