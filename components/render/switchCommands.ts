import { itemAt } from "../spec/spec";

/** A node in the cloud's API. */
export interface Attached {
    name: string;
    serverId: number;
}

/**
 * The commands with which an operator makes a node the holder by hand. The other node loses the virtual IPs first,
 * because the API does not move an address from another server. The API replaces whole lists, so both servers' other
 * aliases are read first and kept; if they cannot be read, nothing is changed. The `hcloud` CLI reads its token from
 * its own environment or context. While the agents run, the agent on the VRRP master moves the virtual IPs back: for a
 * planned switchover use `alias-switch drain` on the other node.
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
 * A Go template for a server's aliases in the network except the virtual IPs, each with a comma before it. The CLI
 * parses the option as CSV, so it must not contain a comma (character 44) or double quotes.
 */
function listOfOthers(networkId: number, virtualIps: string[]): string {
    const ours = virtualIps.map((vip) => `(eq (print .) \`${vip}\`)`).join(" ");
    const each = `{{range .Aliases}}{{if not (or ${ours})}}{{printf \`%c\` 44}}{{.}}{{end}}{{end}}`;
    return `{{range .PrivateNet}}{{if eq .Network.ID ${networkId}}}${each}{{end}}{{end}}`;
}

export function switchCommands(networkId: number, virtualIps: string[], nodes: Attached[]): Record<string, string> {
    const [a, b] = [itemAt(nodes, 0), itemAt(nodes, 1)];
    return {
        [a.name]: switchCommand(networkId, virtualIps, a, b),
        [b.name]: switchCommand(networkId, virtualIps, b, a),
    };
}

/** Asks both nodes one after the other, so that it also answers when one of them is down. */
export function statusCommand(publicAddresses: string[]): string {
    return publicAddresses.map((address) => `ssh root@${address} alias-switch status`).join("; ");
}
