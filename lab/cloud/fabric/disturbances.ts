import type { LinuxFabric } from "./linuxFabric";
import { lossLines } from "./rules";

/** Faults of real networks and servers, on demand. The ids are those of servers. */
export class Disturbances {
    constructor(private readonly fabric: LinuxFabric) {}

    /**
     * Drops what one server sends to the other in private networks, both ways unless told.
     *
     * @param oneWay Only what `from` sends to `to` is dropped.
     */
    async partition(from: number, to: number, { oneWay = false } = {}): Promise<void> {
        const pairs = oneWay
            ? [[from, to]]
            : [
                  [from, to],
                  [to, from],
              ];
        await this.onEveryNetwork(pairs.map(([a, b]) => `add element inet cloud cut { "s${a}" . "s${b}" }`));
    }

    /** Ends all partitions. */
    async heal(): Promise<void> {
        await this.onEveryNetwork(["flush set inet cloud cut"]);
    }

    /** Loses this share of the packets that travel to the server, on each of its interfaces, from now on. */
    async lose(id: number, percent: number): Promise<void> {
        const routers = [this.fabric.internet, ...[...this.fabric.networks.values()].map(({ router }) => router)];
        await Promise.all(routers.map((router) => router.apply({ nft: lossLines(`s${id}`, percent) })));
    }

    /** The API's address drops the packets of this server. */
    async cutApi(id: number, cut: boolean): Promise<void> {
        const element = `element inet cloud noapi { "s${id}" }`;
        await this.fabric.internet.apply({ nft: [`add ${element}`, ...(cut ? [] : [`delete ${element}`])] });
    }

    freeze(id: number): Promise<void> {
        return this.fabric.server(id).setFrozen(true);
    }

    thaw(id: number): Promise<void> {
        return this.fabric.server(id).setFrozen(false);
    }

    private async onEveryNetwork(nft: string[]): Promise<void> {
        await Promise.all([...this.fabric.networks.values()].map(({ router }) => router.apply({ nft })));
    }
}
