import type { Fabric, FirewallRule, NicSpec, ServerSpec } from "./types";

type Call = { method: string; args: unknown[] };

/** A fabric that only records its calls, for tests of the API alone, which need no root. */
export class NullFabric implements Fabric {
    readonly calls: Call[] = [];
    /** The next call of a method named here is rejected with the error, once. */
    readonly failures = new Map<string, Error>();
    private readonly running = new Set<number>();
    private readonly listeners: ((id: number, running: boolean) => void)[] = [];

    createNetwork = (id: number, ipRange: string) => this.record("createNetwork", id, ipRange);
    deleteNetwork = (id: number) => this.record("deleteNetwork", id);
    setRoutes = (networkId: number, routes: { destination: string; gateway: string }[]) =>
        this.record("setRoutes", networkId, routes);
    createServer = (spec: ServerSpec) => this.record("createServer", spec);
    attach = (serverId: number, nic: NicSpec) => this.record("attach", serverId, nic);
    detach = (serverId: number, networkId: number) => this.record("detach", serverId, networkId);
    setAliases = (serverId: number, networkId: number, ips: string[]) =>
        this.record("setAliases", serverId, networkId, ips);
    setFirewall = (serverId: number, rules: FirewallRule[] | null) => this.record("setFirewall", serverId, rules);
    setPrimaryIps = (serverId: number, ipv4: string | null, ipv6: string | null) =>
        this.record("setPrimaryIps", serverId, ipv4, ipv6);
    addPublicIp = (serverId: number, ip: string) => this.record("addPublicIp", serverId, ip);
    removePublicIp = (serverId: number, ip: string) => this.record("removePublicIp", serverId, ip);
    reset = (id: number) => this.record("reset", id);
    reboot = (id: number) => this.record("reboot", id);

    async deleteServer(id: number): Promise<void> {
        await this.record("deleteServer", id);
        this.running.delete(id);
    }

    async powerOn(id: number): Promise<void> {
        await this.record("powerOn", id);
        this.setPower(id, true);
    }

    async powerOff(id: number): Promise<void> {
        await this.record("powerOff", id);
        this.setPower(id, false);
    }

    async shutdown(id: number): Promise<void> {
        await this.record("shutdown", id);
        this.setPower(id, false);
    }

    isRunning(id: number): boolean {
        return this.running.has(id);
    }

    onPowerChange(callback: (id: number, running: boolean) => void): void {
        this.listeners.push(callback);
    }

    /** Simulates a guest that powers itself off or crashes. */
    setPower(id: number, running: boolean): void {
        if (this.running.has(id) === running) {
            return;
        }
        if (running) {
            this.running.add(id);
        } else {
            this.running.delete(id);
        }
        this.listeners.forEach((listener) => listener(id, running));
    }

    private record(method: string, ...args: unknown[]): Promise<void> {
        this.calls.push({ method, args });
        const failure = this.failures.get(method);
        this.failures.delete(method);
        return failure ? Promise.reject(failure) : Promise.resolve();
    }
}
