/** A node as the cloud's API knows it. */
export interface Attached {
    name: string;
    serverId: number;
}

/**
 * What an operator with the `hcloud` CLI types to make a node the holder by hand: first the other one gives the virtual
 * IPs up, for the API does not take an address from the server that has it. The API takes whole lists, so the aliases of
 * others are read from both servers first, and kept; if one cannot be read, nothing is changed. The CLI reads its token
 * from its own environment or context. While the agents run, the one on the VRRP master puts the virtual IPs back: a
 * planned switchover is `alias-switch drain` on the node that is to rest.
 */
export function switchCommand(networkId: number, virtualIps: string[], to: Attached, from: Attached): string {
    const others = (serverId: number) =>
        `$(hcloud server describe ${serverId} -o format='${listOfOthers(networkId, virtualIps)}')`;
    const change = `hcloud server change-alias-ips --network ${networkId}`;
    return [
        `from=${others(from.serverId)}`,
        `to=${others(to.serverId)}`,
        'if [ "$from" ]; then from="--alias-ips=${from#,}"; else from=--clear; fi',
        `${change} "$from" ${from.serverId}`,
        `${change} "--alias-ips=${virtualIps.join(",")}$to" ${to.serverId}`,
    ].join(" && ");
}

/**
 * Go's text/template for a server's aliases in the network but for the virtual IPs, each with a comma before it. The CLI
 * reads the option as CSV, so it may hold neither a comma (character 44) nor double quotes.
 */
function listOfOthers(networkId: number, virtualIps: string[]): string {
    const ours = virtualIps.map((vip) => `(eq (print .) \`${vip}\`)`).join(" ");
    const each = `{{range .Aliases}}{{if not (or ${ours})}}{{printf \`%c\` 44}}{{.}}{{end}}{{end}}`;
    return `{{range .PrivateNet}}{{if eq .Network.ID ${networkId}}}${each}{{end}}{{end}}`;
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
