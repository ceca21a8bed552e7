/** A node as the cloud's API knows it. */
export interface Attached {
    name: string;
    serverId: number;
}

/**
 * What an operator with the `hcloud` CLI types to make a node the holder by hand: first the other one gives the virtual
 * IPs up, for the API does not take an address from the server that has it. The CLI reads its token from its own
 * environment or context. While the agents run, the one on the VRRP master puts the virtual IPs back: a planned
 * switchover is `alias-switch drain` on the node that is to rest.
 */
export function switchCommand(networkId: number, virtualIps: string[], to: Attached, from: Attached): string {
    const change = `hcloud server change-alias-ips --network ${networkId}`;
    return `${change} --clear ${from.serverId} && ${change} --alias-ips ${virtualIps.join(",")} ${to.serverId}`;
}

export function switchCommands(networkId: number, virtualIps: string[], nodes: Attached[]): Record<string, string> {
    const [a, b] = nodes;
    return {
        [a.name]: switchCommand(networkId, virtualIps, a, b),
        [b.name]: switchCommand(networkId, virtualIps, b, a),
    };
}

/** Asks both nodes, one after the other, so that it answers when one of them is gone. */
export function statusCommand(publicAddresses: string[]): string {
    return publicAddresses.map((address) => `ssh root@${address} alias-switch status`).join("; ");
}
