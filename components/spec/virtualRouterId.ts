import { parseAddress } from "./ipv4";

/**
 * A VRRP router id (1–255) for a virtual IP, the same on both nodes and for ever. As 256 ≡ 1 (mod 255), neighbouring
 * addresses get different ids: two pairs share one only if their virtual IPs are 255 addresses or a subnet apart, which
 * does no harm as adverts are unicast and taken from the configured peer alone.
 */
export function deriveVirtualRouterId(virtualIp: string): number {
    return ((parseAddress(virtualIp) ?? 0) % 255) + 1;
}
