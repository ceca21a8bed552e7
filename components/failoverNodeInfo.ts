/** A node of a pair, as an output. */
export interface FailoverNodeInfo {
    name: string;
    serverId: number;
    privateIp: string;
    publicIpv4: string;
    publicIpv6: string;
    /** The public SSH host key of the node at the first contact ("ssh-ed25519 AAAA…"), to be checked at a login. */
    hostKey: string;
}
