import * as path from "path";
import { API_ADDRESS, PUBLIC_RANGES, type Instance } from "../instance";
import { Router } from "./router";
import { firewallLines, internetRules, privateRules } from "./rules";
import { BARE, Server } from "./server";
import type { Fabric, FirewallRule, NicSpec, ServerSpec } from "./types";
import type { NetworkRoute } from "./port";
import { until } from "../until";

/**
 * The source address of connections from the internet's own namespace, such as the engine's SSH, for firewall rules.
 */
export const OPERATOR_ADDRESS = "203.0.113.100";
const METADATA_ADDRESS = "169.254.169.254";
const STOP_MS = 60_000;
const ASK_AGAIN_MS = 500;

interface PrivateNetwork {
    router: Router;
    range: string;
}

/** The fabric of Linux namespaces: networks, servers and addresses. */
export class LinuxFabric implements Fabric {
    readonly servers = new Map<number, Server>();
    readonly networks = new Map<number, PrivateNetwork>();
    readonly internet: Router;
    private readonly firewalled = new Set<number>();
    private readonly listeners: ((id: number, running: boolean) => void)[] = [];

    /** @param imageOf Finds the folder of a root file system by the image's name; builds it first where needed. */
    constructor(
        readonly of: Instance,
        private readonly imageOf: (image: string) => Promise<string>,
        private readonly log: (line: string) => void,
    ) {
        this.internet = new Router(of.netns, OPERATOR_ADDRESS);
    }

    /**
     * Turns an empty namespace into the internet, with the addresses of the API and the metadata service, and no
     * connection to the outside.
     */
    async setUpInternet(): Promise<void> {
        await this.internet.setUp({
            ip: [
                ...[API_ADDRESS, OPERATOR_ADDRESS, METADATA_ADDRESS].map((ip) => `addr add ${ip}/32 dev lo`),
                // an address without a server drops packets without an error, as in the real internet
                "link add name void type veth peer name voidend",
                "link set dev void arp off up",
                "link set dev voidend up",
                ...PUBLIC_RANGES.map((range) => `route add ${range} dev void src ${OPERATOR_ADDRESS}`),
            ],
            nft: internetRules(API_ADDRESS),
        });
    }

    async createNetwork(id: number, ipRange: string): Promise<void> {
        const router = new Router(`${this.of.prefix}n${id}`);
        await router.create({ ip: [`route add blackhole ${ipRange}`], nft: privateRules() });
        this.networks.set(id, { router, range: ipRange });
    }

    async deleteNetwork(id: number): Promise<void> {
        const network = this.network(id);
        this.networks.delete(id);
        await Promise.all([...this.servers.values()].map((server) => server.detach(id)));
        await network.router.remove();
    }

    async setRoutes(networkId: number, routes: NetworkRoute[]): Promise<void> {
        await this.network(networkId).router.setNetworkRoutes(routes);
    }

    async createServer(spec: ServerSpec): Promise<void> {
        const image = spec.image === BARE ? null : await this.imageOf(spec.image);
        const server = new Server(spec, {
            namespace: this.namespaceOf(spec.id),
            dir: path.join(this.of.servers, String(spec.id)),
            internet: this.internet,
            onPowerChange: (running) => this.listeners.forEach((listener) => listener(spec.id, running)),
            log: this.log,
        });
        await server.create(image);
        this.servers.set(spec.id, server);
    }

    async deleteServer(id: number): Promise<void> {
        const server = this.server(id);
        await server.remove();
        await this.setFirewall(id, null);
        this.servers.delete(id);
    }

    /** Powers all servers off as by the power button, and unmounts their disks: files are all that is left of them. */
    async stop(): Promise<void> {
        const servers = [...this.servers.values()];
        const off = async () => {
            const on = servers.filter(({ running }) => running);
            // asked again each time, because a system that has just begun to boot does not hear it
            await Promise.all(on.map((server) => server.shutdown()));
            if (on.length > 0) {
                throw new Error(`running: ${on.map(({ spec }) => spec.name).join(", ")}`);
            }
            return true;
        };
        await until("all servers to power off", STOP_MS, off, ASK_AGAIN_MS);
        await Promise.all(servers.map((server) => server.unmount()));
    }

    powerOn = (id: number) => this.server(id).powerOn();
    powerOff = (id: number) => this.server(id).powerOff();
    shutdown = (id: number) => this.server(id).shutdown();
    reset = (id: number) => this.server(id).reset();
    reboot = (id: number) => this.server(id).reboot();

    async attach(serverId: number, nic: NicSpec): Promise<void> {
        const { router, range } = this.network(nic.networkId);
        await this.server(serverId).attach(nic, router, range);
    }

    async detach(serverId: number, networkId: number): Promise<void> {
        await this.server(serverId).detach(networkId);
    }

    async setAliases(serverId: number, networkId: number, ips: string[]): Promise<void> {
        await this.server(serverId).setAlso(networkId, () => ips);
    }

    async setPrimaryIps(serverId: number, ipv4: string | null, ipv6: string | null): Promise<void> {
        await this.server(serverId).setPrimaryIps(ipv4, ipv6);
    }

    async addPublicIp(serverId: number, ip: string): Promise<void> {
        await this.server(serverId).setAlso("public", (ips) => [...ips.filter((other) => other !== ip), ip]);
    }

    async removePublicIp(serverId: number, ip: string): Promise<void> {
        await this.server(serverId).setAlso("public", (ips) => ips.filter((other) => other !== ip));
    }

    async setFirewall(serverId: number, rules: FirewallRule[] | null): Promise<void> {
        if (rules !== null || this.firewalled.delete(serverId)) {
            await this.internet.apply({ nft: firewallLines(`s${serverId}`, rules) });
        }
        if (rules !== null) {
            this.firewalled.add(serverId);
        }
    }

    isRunning(id: number): boolean {
        return this.servers.get(id)?.running ?? false;
    }

    onPowerChange(callback: (id: number, running: boolean) => void): void {
        this.listeners.push(callback);
    }

    namespaceOf(serverId: number): string {
        return `${this.of.prefix}s${serverId}`;
    }

    server(id: number): Server {
        const server = this.servers.get(id);
        if (server === undefined) {
            throw new Error(`there is no server ${id}`);
        }
        return server;
    }

    private network(id: number): PrivateNetwork {
        const network = this.networks.get(id);
        if (network === undefined) {
            throw new Error(`there is no network ${id}`);
        }
        return network;
    }
}
