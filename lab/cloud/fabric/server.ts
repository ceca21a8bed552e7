import * as path from "path";
import { configure, freshNamespace, removeNamespace } from "./configure";
import { Disk } from "./disk";
import { gatewayOf, KERNEL_DEFAULTS, privateNicLines, publicNicLines, publicPort } from "./guest";
import { Lane } from "./lane";
import { Machine, type Ending } from "./machine";
import type { Port } from "./port";
import { killAll, processesIn } from "./processes";
import type { Router } from "./router";
import type { NicSpec, ServerSpec } from "./types";

/** From the creation of an interface to its address, about as long as DHCP takes. */
const DHCP_MS = 400;

/** The name for no image: the server is only a network namespace, in which a test can run its programs. */
export const BARE = "bare";

interface Nic {
    port: Port;
    router: Router;
    /** The settings that DHCP makes in the server. */
    lease: string[];
}

export interface Surroundings {
    namespace: string;
    dir: string;
    internet: Router;
    onPowerChange(running: boolean): void;
    log(line: string): void;
}

/** One server: its disk, its interfaces and its power. Its changes run one after the other. */
export class Server {
    running = false;
    private readonly lane = new Lane();
    private readonly disk: Disk;
    private readonly nics = new Map<number | "public", Nic>();
    private machine: Machine | null = null;
    /** Counts power cycles: changes for an earlier cycle are dropped. */
    private cycle = 0;

    constructor(
        readonly spec: ServerSpec,
        private readonly around: Surroundings,
    ) {
        this.disk = new Disk(around.dir);
        this.givePublicPort(spec.publicIpv4, spec.publicIpv6);
    }

    /** The public interface with these addresses, or none; floating IPs stay. */
    private givePublicPort(ipv4: string | null, ipv6: string | null): void {
        const { namespace, internet } = this.around;
        const port = publicPort(this.spec.id, namespace, ipv4, ipv6);
        const also = this.nics.get("public")?.port.also ?? [];
        this.nics.delete("public");
        if (port !== null) {
            const nic = { port: { ...port, also }, router: internet, lease: publicNicLines(port) };
            this.nics.set("public", nic);
        }
    }

    private get bare(): boolean {
        return this.spec.image === BARE;
    }

    /** @param image The folder of the root file system; null for a bare server. */
    create(image: string | null): Promise<void> {
        return this.lane.run(() => (image === null ? Promise.resolve() : this.disk.create(image, this.spec)));
    }

    remove(): Promise<void> {
        return this.lane.run(async () => {
            await this.stop();
            if (!this.bare) {
                await this.disk.remove();
            }
        });
    }

    /** Unmounts the disk of a server that is off, for the end of its cloud. */
    async unmount(): Promise<void> {
        await (this.bare ? Promise.resolve() : this.lane.run(() => this.disk.unmount()));
    }

    powerOn(): Promise<void> {
        return this.lane.run(() => (this.running ? Promise.resolve() : this.start()));
    }

    /** Cuts the power. The network goes first, so that no peer sees the processes die one by one. */
    powerOff(): Promise<void> {
        return this.lane.run(() => this.stop());
    }

    reset(): Promise<void> {
        return this.lane.run(async () => {
            await this.halt();
            await this.start();
        });
    }

    async shutdown(): Promise<void> {
        await (this.bare ? this.powerOff() : this.lane.run(() => Promise.resolve(this.machine?.powerOff())));
    }

    async reboot(): Promise<void> {
        await (this.bare ? this.reset() : this.lane.run(() => Promise.resolve(this.machine?.reboot())));
    }

    /** Freezes every process while the network stays up. `false` resumes them. */
    setFrozen(frozen: boolean): Promise<void> {
        return this.lane.run(() => {
            if (this.machine !== null) {
                this.machine.setFrozen(frozen);
            } else {
                processesIn(this.around.namespace).forEach((pid) => process.kill(pid, frozen ? "SIGSTOP" : "SIGCONT"));
            }
            return Promise.resolve();
        });
    }

    attach(spec: NicSpec, router: Router, range: string): Promise<void> {
        return this.lane.run(async () => {
            const port: Port = {
                device: `s${this.spec.id}`,
                namespace: this.around.namespace,
                nic: this.freeNicName(),
                mac: spec.mac,
                mtu: 1450,
                gateways: [gatewayOf(range)],
                ipv4: spec.ip,
                ipv6: null,
                also: [],
            };
            const nic = { port, router, lease: privateNicLines(port, range) };
            if (this.running) {
                await router.plug(port);
                this.leaseLater(nic);
            }
            this.nics.set(spec.networkId, nic);
        });
    }

    detach(networkId: number): Promise<void> {
        return this.lane.run(async () => {
            const nic = this.nics.get(networkId);
            this.nics.delete(networkId);
            await nic?.router.unplug(nic.port.device);
        });
    }

    /** @throws Error while the server runs, because its operating system would not notice the change */
    setPrimaryIps(ipv4: string | null, ipv6: string | null): Promise<void> {
        return this.lane.run(() => {
            if (this.running) {
                throw new Error(`server ${this.spec.id} is running; its primary IPs change only while it is off`);
            }
            this.givePublicPort(ipv4, ipv6);
            return Promise.resolve();
        });
    }

    setAlso(interfaceOf: number | "public", change: (ips: string[]) => string[]): Promise<void> {
        return this.lane.run(async () => {
            const nic = this.nics.get(interfaceOf);
            if (nic === undefined) {
                throw new Error(`server ${this.spec.id} has no interface in ${interfaceOf}`);
            }
            nic.port.also = change(nic.port.also);
            await nic.router.setAlso(nic.port.device, nic.port.also);
        });
    }

    interfaces(): { name: string; address: string; also: string[] }[] {
        return [...this.nics.values()].map(({ port }) => ({
            name: port.nic,
            address: port.ipv4 ?? port.ipv6 ?? "",
            also: port.also,
        }));
    }

    private async start(): Promise<void> {
        const { namespace } = this.around;
        this.cycle += 1;
        await freshNamespace(namespace);
        await configure(namespace, KERNEL_DEFAULTS);
        await Promise.all([...this.nics.values()].map(({ router, port }) => router.plug(port)));
        if (!this.bare) {
            const machine = Machine.boot(namespace, this.disk.root, path.join(this.around.dir, "console.log"));
            this.machine = machine;
            void machine.ended
                .then((ending) => this.lane.run(() => this.ended(machine, ending)))
                .catch((error: Error) => this.around.log(`server ${this.spec.id}: ${error.message}`));
        }
        [...this.nics.values()].forEach((nic) => this.leaseLater(nic));
        this.setRunning(true);
    }

    private async stop(): Promise<void> {
        if (this.running) {
            await this.halt();
            this.setRunning(false);
        }
    }

    private async halt(): Promise<void> {
        const machine = this.machine;
        this.machine = null;
        this.cycle += 1;
        await this.unplugAll();
        await machine?.kill();
        killAll(processesIn(this.around.namespace));
        await removeNamespace(this.around.namespace);
    }

    /** The system inside ended without a request: it powered off, crashed, or reboots. */
    private async ended(machine: Machine, ending: Ending): Promise<void> {
        if (machine !== this.machine) {
            return;
        }
        await this.halt();
        if (ending === "reboot") {
            await this.start();
        } else {
            this.setRunning(false);
        }
    }

    private async unplugAll(): Promise<void> {
        await Promise.all([...this.nics.values()].map(({ router, port }) => router.unplug(port.device)));
    }

    private setRunning(running: boolean): void {
        if (this.running !== running) {
            this.running = running;
            this.around.onPowerChange(running);
        }
    }

    private leaseLater(nic: Nic): void {
        const cycle = this.cycle;
        const due = () => this.cycle === cycle && [...this.nics.values()].includes(nic);
        setTimeout(() => {
            void this.lane
                .run(() => (due() ? configure(this.around.namespace, { ip: nic.lease }) : Promise.resolve()))
                .catch((error: Error) => this.around.log(`server ${this.spec.id}: ${error.message}`));
        }, DHCP_MS);
    }

    private freeNicName(): string {
        const used = new Set([...this.nics.values()].map(({ port }) => port.nic));
        for (let slot = 7; ; slot++) {
            if (!used.has(`enp${slot}s0`)) {
                return `enp${slot}s0`;
            }
        }
    }
}
