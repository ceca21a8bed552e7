import { isIPv6 } from "net";
import { parseRange } from "./ipv4";

/** Whether it is a range of IPv4 or IPv6 addresses without bits set after the prefix. The cloud refuses all others. */
export function isCidr(text: string): boolean {
    const [, address, bits] = /^([0-9A-Fa-f:.]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
    if (address === undefined || !isIPv6(address)) {
        return parseRange(text) !== undefined;
    }
    return Number(bits) <= 128 && /^0*$/.test(binary(address).slice(Number(bits)));
}

/** The 128 bits of an IPv6 address, as zeros and ones. */
function binary(address: string): string {
    // the URL parser knows every spelling, and answers with the shortest one, without dots
    const [before, after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
    const words = (part = "") => part.split(":").filter((word) => word !== "");
    const missing = 8 - words(before).length - words(after).length;
    return [...words(before), ...Array<string>(missing).fill("0"), ...words(after)]
        .map((word) => parseInt(word, 16).toString(2).padStart(16, "0"))
        .join("");
}
