import execa from "execa";
import type { Promotion } from "../../cli/client/history";
import type { Cloud } from "../cloud";
import type { Pair, Roles } from "../stack/pair";
import { until } from "../stack/until";
import type { Mend } from "./faults";
import { detectionOf, type Detection } from "./floors";

/** Ends when a VRRP packet arrives. */
const HEAR = `import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 112).recv(100)`;

/** A system of the comparison: two nodes with a virtual IP, the note's or this project's. */
export abstract class System {
    /** @param client The server that sends the requests. */
    constructor(
        readonly pair: Pair,
        readonly client: string,
    ) {}

    get cloud(): Cloud {
        return this.pair.cloud;
    }

    run(node: string, command: string): Promise<string> {
        return this.pair.run(node, command);
    }

    /** Of the node that takes over. */
    async detection(node: string): Promise<Detection> {
        return detectionOf(await this.run(node, "cat /etc/keepalived/keepalived.conf"));
    }

    /** Of both nodes. @param since ms since the epoch */
    async promotions(since: number): Promise<Promotion[]> {
        return (await Promise.all(this.pair.nodes.map((node) => this.pair.promotions(node, since)))).flat();
    }

    /** Waits for the master's next advert to the other node. */
    async advert(backup: string): Promise<void> {
        const [program, ...args] = this.cloud.nsenterArgs(await this.cloud.netnsOf(backup));
        await execa(program, [...args, "python3", "-c", HEAR], { timeout: 10_000 });
    }

    /** Waits until the only MASTER is the holder. @returns the ms it took; null if that did not happen */
    async rightHolder(timeoutMs: number): Promise<number | null> {
        const from = Date.now();
        const right = async () => {
            const { masters, holder } = await this.roles();
            return masters.length === 1 && masters[0] === holder;
        };
        return until("the MASTER to be the holder", timeoutMs, right).then(
            () => Date.now() - from,
            () => null,
        );
    }

    abstract roles(): Promise<Roles>;
    /**
     * Waits until the master is the holder and the other node could take over. @returns whether an operator had to help
     */
    abstract untilWell(): Promise<boolean>;
    /** The system's planned switchover. */
    abstract handOver(node: string): Promise<Mend>;
    /** Makes this node, which is MASTER, the holder. */
    abstract claim(node: string): Promise<void>;
}
