import type { ExecaReturnValue } from "execa";
import { Client } from "../../../lab/stack/client";
import { untilHealthy } from "../../../lab/stack/healthy";
import { NODES, Pair, VIP } from "../../../lab/stack/pair";
import type { Cloud } from "../../../lab/cloud";

/** The report of `alias-switch status --json`. */
export interface Status {
    exit: number;
    verdict: string;
    vrrp: string;
    drained: boolean;
    drainedAfterReboot: boolean;
    agent: string;
    keepalived: string;
    holderByApi: string | null;
    holderByMetadata: string | null;
    apiError: string | null;
}

/** A pair with a client that sends requests all the time. */
export abstract class AskedPair {
    pair!: Pair;
    client!: Client;

    protected async ask(cloud: Cloud): Promise<void> {
        this.pair = new Pair(cloud);
        await untilHealthy(cloud, NODES);
        this.client = new Client(await cloud.netnsOf("client"), VIP);
        await this.client.steady("the address to answer", 30_000, 10);
    }

    /** Waits until exactly one node is MASTER, `node` if it is given. @returns its name */
    protected abstract oneMaster(node?: string): Promise<string>;

    /** Waits until both nodes are healthy, one of them is MASTER, and the client gets answers. */
    async well(): Promise<void> {
        await untilHealthy(this.pair.cloud, NODES);
        await this.oneMaster();
        await this.client.steady("the address to answer", 30_000, 10);
    }

    master(): Promise<string> {
        return this.oneMaster();
    }

    async status(node: string): Promise<Status> {
        const { stdout, exitCode } = await this.command(node, "status", "--json");
        const report = JSON.parse(stdout) as Status;
        if (report.exit !== exitCode) {
            throw new Error(`status says exit ${report.exit} and ends with ${exitCode}`);
        }
        return report;
    }

    /** Runs alias-switch on a node. Its exit code does not matter. */
    command(node: string, ...words: string[]): Promise<ExecaReturnValue> {
        return this.pair.cloud.exec(node, ["alias-switch", ...words], { reject: false });
    }

    /** Makes the other node MASTER and returns its name. */
    async handOver(): Promise<string> {
        const master = await this.master();
        const other = this.pair.other(master);
        await this.command(master, "drain");
        await this.oneMaster(other);
        await this.command(master, "undrain");
        return other;
    }

    /** The ms without answers in a span of time (ms since the epoch): the lost requests times their interval. */
    lostBetween(from: number, to: number): number {
        return this.client.samples.filter((s) => s.answer === null && s.sentAt >= from && s.sentAt < to).length * 20;
    }
}

/** Prints a line below the test's title. */
export function tell(line: string): void {
    console.log(`      ${line}`);
}
