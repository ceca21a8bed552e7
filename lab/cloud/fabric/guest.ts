/** The settings of a server's own namespace, like those of DHCP and the kernel's defaults on a real server. Pure. */
import type { Change } from "./configure";
import type { Port } from "./port";

export const PUBLIC_GATEWAY = "172.31.1.1";
const PUBLIC_GATEWAY6 = "fe80::1";

/** The kernel's own defaults, not this machine's settings. */
export const KERNEL_DEFAULTS: Change = {
    sysctl: {
        "net/ipv4/ip_forward": "0",
        ...Object.fromEntries(
            ["all", "default"].flatMap((conf) => [
                [`net/ipv4/conf/${conf}/rp_filter`, "0"],
                [`net/ipv4/conf/${conf}/forwarding`, "0"],
                [`net/ipv4/conf/${conf}/accept_redirects`, "1"],
                [`net/ipv4/conf/${conf}/send_redirects`, "1"],
            ]),
        ),
    },
    ip: ["link set dev lo up"],
};

/** The first address of a range: the private network's gateway, which all of its subnets share. */
export function gatewayOf(range: string): string {
    const [address, bits] = range.split("/");
    const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    const size = 2 ** (32 - Number(bits));
    const first = Math.floor(number / size) * size + 1;
    return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".");
}

/** The settings of DHCP on the private interface: all packets go through the gateway, even between neighbours. */
export function privateNicLines(port: Port, range: string): string[] {
    const gateway = gatewayOf(range);
    return [
        `link set dev ${port.nic} up`,
        `addr replace ${port.ipv4}/32 dev ${port.nic}`,
        `route replace ${gateway} dev ${port.nic} scope link`,
        `route replace ${range} via ${gateway} dev ${port.nic}`,
    ];
}

export function publicNicLines(port: Port): string[] {
    const lines = [`link set dev ${port.nic} up`];
    if (port.ipv4 !== null) {
        lines.push(
            `addr replace ${port.ipv4}/32 dev ${port.nic}`,
            `route replace ${PUBLIC_GATEWAY} dev ${port.nic} scope link`,
            `route replace default via ${PUBLIC_GATEWAY} dev ${port.nic}`,
        );
    }
    if (port.ipv6 !== null) {
        lines.push(
            `addr replace ${firstOf6(port.ipv6)}/64 dev ${port.nic} nodad`,
            `route replace default via ${PUBLIC_GATEWAY6} dev ${port.nic}`,
        );
    }
    return lines;
}

/** `2001:db8:1::/64` → `2001:db8:1::1`, the address that a stock image takes from its /64. */
function firstOf6(prefix: string): string {
    return prefix.replace(/\/\d+$/, "") + "1";
}

/** The public port; null for a server that has only private interfaces. */
export function publicPort(id: number, namespace: string, ipv4: string | null, ipv6: string | null): Port | null {
    if (ipv4 === null && ipv6 === null) {
        return null;
    }
    return {
        device: `s${id}`,
        namespace,
        nic: "eth0",
        mac: macOf("96:00:00", id),
        mtu: 1500,
        gateways: [PUBLIC_GATEWAY, PUBLIC_GATEWAY6],
        ipv4,
        ipv6,
        also: [],
    };
}

export function macOf(vendor: string, id: number): string {
    return [vendor, ...[16, 8, 0].map((shift) => ((id >> shift) & 255).toString(16).padStart(2, "0"))].join(":");
}
