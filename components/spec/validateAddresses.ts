import type { Range } from "./ipv4";
import { contains, formatAddress, isIn, parseAddress, parseRange, PRIVATE_RANGES } from "./ipv4";
import type { InvalidArguments } from "./invalidArgument";
import type { PairSpec } from "./spec";

/** The cloud's limit of alias IPs for one server. */
const MOST_ALIASES = 5;
/** The gateway of every public interface. The cloud assigns it to no server. */
const CLOUD_GATEWAY = "172.31.1.1";

/** Checks that the subnet is inside the network, and that the cloud can assign every address, each of them once. */
export function validateAddresses(spec: PairSpec, problems: InvalidArguments): void {
    const network = range(spec.networkRange, "networkRange", problems);
    const subnet = range(spec.subnetRange, "subnetRange", problems);
    if (network) {
        problems.check(
            network.prefix <= 24 && PRIVATE_RANGES.some((outer) => contains(parseRange(outer)!, network)),
            "networkRange",
            `${spec.networkRange} cannot be a network: choose at least a /24 inside ${PRIVATE_RANGES.join(", ")}`,
        );
    }
    if (subnet) {
        problems.check(subnet.prefix <= 30, "subnetRange", `${spec.subnetRange} is too small: choose at least a /30`);
    }
    if (network && subnet) {
        problems.check(
            contains(network, subnet),
            "subnetRange",
            `${spec.subnetRange} is not inside the network ${spec.networkRange}: choose a part of it, or set networkRange`,
        );
    }

    const count = spec.virtualIps.length;
    problems.check(
        count >= 1 && count <= MOST_ALIASES,
        "virtualIps",
        `${count} addresses: a pair has 1 to ${MOST_ALIASES} (a server can hold ${MOST_ALIASES} alias IPs)`,
    );
    const usedBy = new Map<string, string>();
    const place = (address: string, path: string) => {
        const reason = whyNot(address, network, subnet) ?? taken(address, usedBy.get(address));
        if (problems.check(reason === undefined, path, reason ?? "")) {
            usedBy.set(address, path);
        }
    };
    spec.virtualIps.forEach((vip, i) => place(vip, `virtualIps[${i}]`));
    // a node's address defaults to a neighbour of the first virtual IP, and a wrong virtual IP has its own error
    const hasDefaults = spec.virtualIps.some((vip) => parseAddress(vip) !== undefined);
    spec.nodes.forEach(({ address }, i) => (hasDefaults || address !== "") && place(address, `nodes[${i}].address`));
}

function range(text: string | undefined, path: string, problems: InvalidArguments): Range | undefined {
    const parsed = text === undefined ? undefined : parseRange(text);
    problems.check(
        text === undefined || parsed !== undefined,
        path,
        `"${text}" is not an IPv4 range: write the network address and the prefix length, such as 10.0.1.0/24`,
    );
    return parsed;
}

/** Why the cloud would not assign this address to a server, or undefined. */
function whyNot(text: string, network: Range | undefined, subnet: Range | undefined): string | undefined {
    const address = parseAddress(text);
    if (address === undefined) {
        return `"${text}" is not an IPv4 address: write it like 10.0.1.1, without a prefix length`;
    }
    if (subnet && !isIn(subnet, address)) {
        return `${text} is not inside the subnet ${formatAddress(subnet.first)}/${subnet.prefix}: choose an address of the subnet, or set subnetRange`;
    }
    if (subnet && (address === subnet.first || address === subnet.last)) {
        return `${text} is the first or last address of its subnet, which no server can have: choose an address between them`;
    }
    if (text === CLOUD_GATEWAY || (network && address === network.first + 1)) {
        return `${text} is the cloud's own gateway, which no server can have: choose another address`;
    }
    return undefined;
}

function taken(address: string, by: string | undefined): string | undefined {
    return (
        by &&
        `${address} is already ${by}: choose another address or set nodes[].address, because every virtual IP and every node needs its own`
    );
}
