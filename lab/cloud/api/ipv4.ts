/** IPv4 arithmetic on plain numbers (0 … 2³² − 1). */
import { IPv4 } from "ipaddr.js";

export interface Range {
    first: number;
    last: number;
    /** The prefix length. */
    bits: number;
}

const numberOf = (address: IPv4) => address.toByteArray().reduce((ip, byte) => ip * 256 + byte, 0);

export function parseIp(text: string): number | null {
    return IPv4.isValidFourPartDecimal(text) ? numberOf(IPv4.parse(text)) : null;
}

export function formatIp(ip: number): string {
    return IPv4.parse(String(ip)).toString();
}

/** Null if the text is not CIDR notation or has host bits set. */
export function parseRange(text: string): Range | null {
    if (!IPv4.isValidCIDRFourPartDecimal(text)) {
        return null;
    }
    const [address, bits] = IPv4.parseCIDR(text);
    const [first, last] = [IPv4.networkAddressFromCIDR(text), IPv4.broadcastAddressFromCIDR(text)].map(numberOf);
    return first === numberOf(address) ? { first, last, bits } : null;
}

export function formatRange(range: Range): string {
    return `${formatIp(range.first)}/${range.bits}`;
}

export function contains(range: Range, ip: number): boolean {
    return ip >= range.first && ip <= range.last;
}

export function within(inner: Range, outer: Range): boolean {
    return inner.first >= outer.first && inner.last <= outer.last;
}

export function overlaps(a: Range, b: Range): boolean {
    return a.first <= b.last && b.first <= a.last;
}

/** Of RFC 1918. */
export function isPrivate({ first, last }: Range): boolean {
    return [first, last].every((ip) => IPv4.parse(formatIp(ip)).range() === "private");
}
/** For text that was validated before: throws where `parseRange` says null. */
export function range(text: string): Range {
    const parsed = parseRange(text);
    if (!parsed) {
        throw new RangeError(`not an IPv4 range: ${text}`);
    }
    return parsed;
}

export function ip(text: string): number {
    const parsed = parseIp(text);
    if (parsed === null) {
        throw new RangeError(`not an IPv4 address: ${text}`);
    }
    return parsed;
}
