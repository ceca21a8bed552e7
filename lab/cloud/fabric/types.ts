/**
 * What the API asks of the thing that carries out its decisions: networks, servers, addresses. Every promise resolves once the change is
 * effective, because the API reports an action as `success` only after that.
 */

/** A server's interface in a private network. */
export interface NicSpec {
    networkId: number;
    ip: string;
    mac: string;
}

export interface ServerSpec {
    id: number;
    name: string;
    /** The image's name, for example `debian-12`. */
    image: string;
    userData: string;
    /** Public keys as in authorized_keys. */
    sshKeys: string[];
    publicIpv4: string | null;
    /** A /64 in CIDR notation. */
    publicIpv6: string | null;
}

export interface FirewallRule {
    direction: "in" | "out";
    protocol: "tcp" | "udp" | "icmp" | "esp" | "gre";
    /** A port, a range `80-85`, or `any`; null for protocols without ports. */
    port: string | null;
    sourceIps: string[];
    destinationIps: string[];
}

export interface Fabric {
    createNetwork(id: number, ipRange: string): Promise<void>;
    deleteNetwork(id: number): Promise<void>;
    setRoutes(networkId: number, routes: { destination: string; gateway: string }[]): Promise<void>;

    /** Prepares the disk; does not boot. */
    createServer(spec: ServerSpec): Promise<void>;
    deleteServer(id: number): Promise<void>;
    powerOn(id: number): Promise<void>;
    /** Pulls the plug. */
    powerOff(id: number): Promise<void>;
    /** Asks the operating system; resolves when asked, `onPowerChange` tells when it has stopped. */
    shutdown(id: number): Promise<void>;
    reset(id: number): Promise<void>;
    reboot(id: number): Promise<void>;

    /** Works on running and on stopped servers, like `detach`. */
    attach(serverId: number, nic: NicSpec): Promise<void>;
    detach(serverId: number, networkId: number): Promise<void>;
    /** Replaces the list of alias addresses routed to this server in this network. */
    setAliases(serverId: number, networkId: number, ips: string[]): Promise<void>;

    /** The rules that apply to the public interface; null means no firewall. */
    setFirewall(serverId: number, rules: FirewallRule[] | null): Promise<void>;
    /** The addresses that the server's public interface itself has, a primary IP of each kind; of a server that is off. */
    setPrimaryIps(serverId: number, ipv4: string | null, ipv6: string | null): Promise<void>;
    /** One more address, which the guest has to configure: a floating IP. */
    addPublicIp(serverId: number, ip: string): Promise<void>;
    removePublicIp(serverId: number, ip: string): Promise<void>;

    isRunning(id: number): boolean;
    /** Also reports what the API did not ask for, such as `poweroff` typed in the guest. */
    onPowerChange(callback: (id: number, running: boolean) => void): void;
}
