/** The pools of public addresses (documentation ranges of RFC 5737 and RFC 3849) and what primary and floating IPs have in common. */

import { BlockList, isIPv6 } from "node:net";
import type { FastifyInstance } from "fastify";
import { PUBLIC_RANGES } from "../instance";
import { actionRoute } from "./collection";
import { byIdOrName, LOCATIONS } from "./catalog";
import type { Kind } from "./collection";
import type { Context } from "./context";
import { invalidInput, limitExceeded, notFound } from "./errors";
import type { FloatingIp, PrimaryIp } from "./model";
import { object } from "./validation";

type PublicIp = FloatingIp | PrimaryIp;

/** Without each range's first and last member; of IPv6, as many of 2001:db8:1::/48. */
const RANGE_SIZE = 254;
const POOL_SIZE = PUBLIC_RANGES.length * RANGE_SIZE;

/** Assigns the address that was free for the longest time, so that no cache still has its former owner. */
export function allocate(ctx: Context, type: PublicIp["type"]): string {
    const { primaryIps, floatingIps, saved } = ctx.store;
    const used = new Set([...primaryIps.values(), ...floatingIps.values()].map(({ ip }) => ip));
    for (let step = 0; step < POOL_SIZE; step++) {
        const next = ((saved.lastPublicIp[type] ?? 0) % POOL_SIZE) + 1;
        saved.lastPublicIp[type] = next;
        const ip = type === "ipv4" ? ipv4(next - 1) : `2001:db8:1:${next.toString(16)}::/64`;
        if (!used.has(ip)) {
            return ip;
        }
    }
    throw limitExceeded("primary_ip_limit", `all ${POOL_SIZE} public addresses are in use`);
}

function ipv4(index: number): string {
    return PUBLIC_RANGES[Math.floor(index / RANGE_SIZE)].replace(/0\/24$/, String((index % RANGE_SIZE) + 1));
}

/** The part of a new address that floating and primary IPs share. */
export function newPublicIp(ctx: Context, type: PublicIp["type"], locationId: number) {
    const ip = allocate(ctx, type);
    const dnsPtr = type === "ipv4" ? [{ ip, dns_ptr: defaultPointer(ip) }] : [];
    return { type, ip, locationId, serverId: null, protection: { delete: false }, dnsPtr };
}

function defaultPointer(ip: string): string {
    return `static.${ip.split(".").reverse().join(".")}.clients.your-server.de`;
}

/** @throws ApiError 404 */
export function locationId(wanted: string | number): number {
    const [location] = byIdOrName(LOCATIONS, wanted);
    if (!location) {
        throw notFound("location", wanted);
    }
    return location.id;
}

/** change_protection and change_dns_ptr. */
export function publicIpActions<T extends PublicIp>(app: FastifyInstance, ctx: Context, kind: Kind<T>): void {
    const protection = object({ delete: { type: "boolean" } }, "delete");
    actionRoute(app, ctx, kind, "change_protection", protection, (ip, body: { delete: boolean }) => ({
        command: "change_protection",
        complete: () => void (ip.protection = { delete: body.delete }),
    }));

    const point = (ip: T, body: PointerBody) => ({ command: "change_dns_ptr", complete: changePointer(ip, body) });
    actionRoute(app, ctx, kind, "change_dns_ptr", pointerSchema, point, { locks: false });
}

export interface PointerBody {
    ip: string;
    dns_ptr?: string | null;
}

export const pointerSchema = object({ ip: { type: "string" }, dns_ptr: { type: ["string", "null"] } }, "ip");

/** Whether an address, however it is written, is this one or lies in this /64; a /64 itself is in it too. */
export function covers({ type, ip }: Pick<PublicIp, "type" | "ip">, text: string): boolean {
    const [address, bits = "64"] = text.split("/");
    if (type === "ipv4" || !isIPv6(address)) {
        return text === ip;
    }
    const range = new BlockList();
    range.addSubnet(ip.split("/")[0], 64, "ipv6");
    return bits === "64" && range.check(address, "ipv6");
}

/** @throws ApiError `invalid_input` for an address that is not this one's */
export function changePointer(target: PublicIp, { ip, dns_ptr }: PointerBody): () => void {
    if (!covers(target, ip)) {
        throw invalidInput({ ip: [`does not belong to ${target.ip}`] });
    }
    const reset = target.type === "ipv4" ? [{ ip, dns_ptr: defaultPointer(ip) }] : [];
    return () => {
        const others = target.dnsPtr.filter((pointer) => pointer.ip !== ip);
        target.dnsPtr = [...others, ...(dns_ptr ? [{ ip, dns_ptr }] : reset)];
    };
}
