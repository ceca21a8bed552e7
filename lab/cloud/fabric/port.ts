/** A router's side of a server's interface, with its routes, neighbours and permitted sources. Pure. */

export interface Port {
    /** The interface in the router, for example `s5`. */
    device: string;
    /** The server's namespace, and the interface in it. */
    namespace: string;
    nic: string;
    mac: string;
    mtu: number;
    /** The router's own addresses on it. */
    gateways: string[];
    /** The address that is configured in the server; null if it has none of this family. */
    ipv4: string | null;
    /** A /64 that is routed to the server. */
    ipv6: string | null;
    /** More addresses that are routed to the server: aliases, floating IPs; of IPv6 a /64. */
    also: string[];
}

export interface NetworkRoute {
    destination: string;
    gateway: string;
}

/** `ip` lines that make both ends of the port. The server's end is left down: its operating system (`guest.ts`) brings it up. */
export function plugLines(port: Port): string[] {
    const { device, mtu } = port;
    const lines = [
        `link add name ${device} mtu ${mtu} type veth peer name ${port.nic} address ${port.mac} mtu ${mtu} netns ${port.namespace}`,
        `link set dev ${device} up`,
        ...port.gateways.map((ip) =>
            ip.includes(":") ? `addr add ${ip}/64 dev ${device} nodad` : `addr add ${ip}/32 dev ${device}`,
        ),
    ];
    if (port.ipv4 !== null) {
        // the cloud knows where every address is: a packet reaches the server even if the server does not answer ARP
        // for the address
        lines.push(`neigh replace ${port.ipv4} lladdr ${port.mac} dev ${device} nud permanent`);
    }
    return lines;
}

/**
 * Every route of the router: destination → the rest of the `ip route` line.
 *
 * @param source The address the router's own connections come from, if not the gateway's.
 */
export function wantedRoutes(ports: Port[], routes: NetworkRoute[], source?: string): Map<string, string> {
    const wanted = new Map<string, string>();
    const src = source === undefined ? "" : ` src ${source}`;
    for (const port of ports) {
        if (port.ipv4 !== null) {
            wanted.set(`${port.ipv4}/32`, `dev ${port.device}${src}`);
        }
        if (port.ipv6 !== null) {
            wanted.set(port.ipv6, `dev ${port.device}`);
        }
        for (const ip of port.also.filter((address) => address.includes(":"))) {
            wanted.set(ip, `dev ${port.device}`);
        }
        for (const ip of port.also.filter((address) => !address.includes(":"))) {
            const via = port.ipv4 === null ? "" : `via ${port.ipv4} `;
            wanted.set(`${ip}/32`, `${via}dev ${port.device}${port.ipv4 === null ? "" : " onlink"}${src}`);
        }
    }
    for (const { destination, gateway } of routes) {
        const port = ports.find(({ ipv4, also }) => ipv4 === gateway || also.includes(gateway));
        if (port !== undefined) {
            wanted.set(destination, `via ${port.ipv4 ?? gateway} dev ${port.device} onlink`);
        }
    }
    return wanted;
}

/**
 * The elements of the sets of permitted sources in `rules.ts`: element → set. The gateway of a route may send packets
 * from the route's destination.
 */
export function wantedSources(ports: Port[], routes: NetworkRoute[]): Map<string, string> {
    const wanted = new Map<string, string>();
    for (const port of ports) {
        for (const ip of [port.ipv4, port.ipv6, ...port.also].filter((address) => address !== null)) {
            wanted.set(`"${port.device}" . ${ip}`, ip.includes(":") ? "sources6" : "sources");
        }
    }
    for (const { destination, gateway } of routes) {
        const port = ports.find(({ ipv4, also }) => ipv4 === gateway || also.includes(gateway));
        if (port !== undefined) {
            wanted.set(`"${port.device}" . ${destination}`, "routed");
        }
    }
    return wanted;
}

/** `ip` lines that turn one table of routes into another; an address that moves is replaced in one step, never absent. */
export function routeLines(from: Map<string, string>, to: Map<string, string>): string[] {
    const removed = [...from].filter(([destination]) => !to.has(destination));
    const changed = [...to].filter(([destination, rest]) => from.get(destination) !== rest);
    return [
        ...removed.map(([destination, rest]) => `route del ${destination} ${rest.replace(/ (onlink|src \S+)/g, "")}`),
        ...changed.map(([destination, rest]) => `route replace ${destination} ${rest}`),
    ];
}

/** The same for elements of nftables sets. */
export function elementLines(from: Map<string, string>, to: Map<string, string>): string[] {
    const line = (verb: string, [element, set]: [string, string]) => `${verb} element inet cloud ${set} { ${element} }`;
    return [
        ...[...from].filter(([element]) => !to.has(element)).map((entry) => line("delete", entry)),
        ...[...to].filter(([element]) => !from.has(element)).map((entry) => line("add", entry)),
    ];
}
