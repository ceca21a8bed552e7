/**
 * The interface between the API and the fabric, which creates networks, servers and addresses. Every promise resolves
 * when the change is effective, because the API reports an action as `success` only then.
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
    /** Asks the operating system to power off, and resolves then. `onPowerChange` reports when it has stopped. */
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
    /** Sets the public interface's own addresses, one primary IP of each kind. The server must be off. */
    setPrimaryIps(serverId: number, ipv4: string | null, ipv6: string | null): Promise<void>;
    /** A floating IP, which the guest has to configure. */
    addPublicIp(serverId: number, ip: string): Promise<void>;
    removePublicIp(serverId: number, ip: string): Promise<void>;

    isRunning(id: number): boolean;
    /** Also reports changes without the API, such as `poweroff` in the guest. */
    onPowerChange(callback: (id: number, running: boolean) => void): void;
}
