import { isIPv4 } from "net";

/** A block of addresses, as numbers: `first` is its network address, `last` its broadcast address. */
export interface Range {
    first: number;
    last: number;
    prefix: number;
}

/** "10.0.1.1" as a number; undefined if the text is not an IPv4 address. */
export function parseAddress(text: string): number | undefined {
    return isIPv4(text) ? text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0) : undefined;
}

export function formatAddress(address: number): string {
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** The block with this prefix length around an address. */
export function rangeAround(address: number, prefix: number): Range {
    const size = 2 ** (32 - prefix);
    const first = Math.floor(address / size) * size;
    return { first, last: first + size - 1, prefix };
}

/** "10.0.1.0/24" as a block; undefined if the text is not one, or has bits set after the prefix ("10.0.1.7/24"). */
export function parseRange(text: string): Range | undefined {
    const [, base, bits] = /^([\d.]+)\/(0|[1-9]\d?)$/.exec(text) ?? [];
    const address = parseAddress(base ?? "");
    if (address === undefined || Number(bits) > 32) {
        return undefined;
    }
    const range = rangeAround(address, Number(bits));
    return range.first === address ? range : undefined;
}

export function formatRange(range: Range): string {
    return `${formatAddress(range.first)}/${range.prefix}`;
}

export function contains(outer: Range, inner: Range): boolean {
    return outer.first <= inner.first && inner.last <= outer.last;
}

export function isIn(range: Range, address: number): boolean {
    return range.first <= address && address <= range.last;
}

/** The ranges of RFC 1918. A Hetzner Cloud network must be inside one of them. */
export const PRIVATE_RANGES: readonly string[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
