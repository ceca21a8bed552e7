import { parseAddress } from "./ipv4";

/**
 * The VRRP router id (1–255) of a virtual IP: the same on both nodes, and it never changes. Because 256 ≡ 1 (mod 255),
 * neighbouring addresses get different ids. Two pairs share an id only if their virtual IPs are 255 addresses or a
 * subnet apart, which is harmless: adverts are unicast, and accepted only from the configured peer.
 */
export function deriveVirtualRouterId(virtualIp: string): number {
    return ((parseAddress(virtualIp) ?? 0) % 255) + 1;
}
