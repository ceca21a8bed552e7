/** IPv4 arithmetic on plain numbers (0 … 2³² − 1). */

export interface Range {
    first: number;
    last: number;
    /** The prefix length. */
    bits: number;
}

export function parseIp(text: string): number | null {
    const parts = text.split(".");
    if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
        return null;
    }
    return parts.reduce((ip, part) => ip * 256 + Number(part), 0);
}

export function formatIp(ip: number): string {
    return [24, 16, 8, 0].map((shift) => Math.floor(ip / 2 ** shift) % 256).join(".");
}

/** Null if the text is not CIDR notation or has host bits set. */
export function parseRange(text: string): Range | null {
    const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
    const first = match && parseIp(match[1]);
    const bits = Number(match?.[2]);
    const size = 2 ** (32 - bits);
    if (first === null || bits > 32 || first % size !== 0) {
        return null;
    }
    return { first, last: first + size - 1, bits };
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

const RFC1918 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(range);

export function isPrivate(inner: Range): boolean {
    return RFC1918.some((outer) => within(inner, outer));
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
