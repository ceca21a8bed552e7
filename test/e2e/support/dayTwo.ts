/**
 * The pair that the tests of day two change: a local cloud and a stack of its own, made once for all of them, removed after the
 * last test; and a client that asks the virtual IP 50 times a second from the first test to the last.
 */
import { expect } from "chai";
import { stopCloud, type Cloud } from "../../../lab/cloud";
import { measureOutage, outageText } from "../../../cli/client/outage";
import { Client } from "../../../lab/stack/client";
import { copyStack } from "../../../lab/stack/copyStack";
import { untilHealthy } from "../../../lab/stack/healthy";
import { NODES, Pair, VIP } from "../../../lab/stack/pair";
import { runPulumi, SILENT } from "../../../lab/stack/pulumi";
import type { Deployment } from "../../../lab/stack/workspace";
import { edit } from "../../../lab/stack/checkout";
import { COMMANDS } from "./commands";

const NAME = `day${process.pid}`;

/** The longest outage (ms) that one change of the serving node may cost: detection and the move of the alias. */
export const ONE_SWITCHOVER = 6000;

/** What a change cost the client, and which nodes became MASTER during the change. */
export interface Cost {
    lost: number;
    outageMs: number;
    promoted: string[];
    /** The output of pulumi. */
    output: string;
}

export class DayTwo {
    private constructor(
        readonly cloud: Cloud,
        readonly deployment: Deployment,
        readonly pair: Pair,
        readonly client: Client,
    ) {}

    static async start(): Promise<DayTwo> {
        const { cloud, deployment } = await copyStack({ cloud: { name: NAME } });
        const client = new Client(await cloud.netnsOf("client"), VIP);
        return new DayTwo(cloud, deployment, new Pair(cloud), client);
    }

    /**
     * Runs pulumi as a user does, with secrets by stdin. @returns its output. @throws Error with its output, if it
     * fails
     */
    pulumi(words: string[], input?: string): Promise<string> {
        return runPulumi(this.deployment, words, input);
    }

    /** Runs one of the documented commands without its questions. */
    run(command: string, input?: string): Promise<string> {
        return runCommand(this.deployment, command, input);
    }

    up(...words: string[]): Promise<string> {
        return this.run([COMMANDS.up, ...words].join(" "));
    }

    /** Waits for a command that must fail. @returns its output */
    async failing(run: Promise<string>): Promise<string> {
        const said = await run.then(
            () => undefined,
            (error: Error) => error.message,
        );
        expect(said, "it should have failed").to.not.equal(undefined);
        return said!;
    }

    /** Changes a file of the program as its user would. */
    edit(file: string, from: string, to: string): void {
        edit(this.deployment.dir, file, from, to);
    }

    /** Makes a change, waits until the pair is healthy and answers. @returns what the change cost the client */
    async cost(what: string, change: () => Promise<string>): Promise<Cost> {
        await this.client.steady("the address to answer before", 30_000, 10);
        const [from, since] = [this.client.samples.length, Date.now()];
        const output = await change();
        await this.client.steady("the address to answer afterwards", 60_000, 25);
        const outage = measureOutage(this.client.samples.slice(from));
        const promoted = await this.promotedSince(since);
        const moved = promoted.length === 0 ? "" : `, MASTER: ${promoted.join(", ")}`;
        const seconds = ((Date.now() - since) / 1000).toFixed(1);
        console.log(`      ${what}: ${outage.lost} lost (${outageText(outage)})${moved}, ${seconds} s`);
        return { ...outage, promoted, output };
    }

    /** Makes a change that must not affect clients: no answer lost, no node promoted. */
    async unnoticed(what: string, change: () => Promise<string>): Promise<string> {
        const { lost, promoted, output } = await this.cost(what, change);
        expect({ lost, promoted }, what).to.deep.equal({ lost: 0, promoted: [] });
        return output;
    }

    healthy(): Promise<void> {
        return untilHealthy(this.cloud, NODES);
    }

    /** Waits until both nodes are healthy; then another `up` must change nothing. */
    async noMoreChanges(): Promise<void> {
        await this.healthy();
        await this.up("--expect-no-changes");
    }

    /** Makes this node the MASTER and, without waiting for the grace period, the holder. */
    async masterIs(node: string): Promise<void> {
        const other = this.pair.other(node);
        if ((await this.pair.masters()).join() !== node) {
            await this.pair.run(other, "alias-switch drain");
            await this.client.steady(`${node} to answer`, 30_000, 10, node);
            await this.pair.run(other, "alias-switch undrain");
        }
        await this.pair.run(node, "alias-switch claim");
        await this.pair.settledOn(node, 30_000);
        await this.healthy();
    }

    /** The lines of a file on a node. */
    read(node: string, file: string): Promise<string> {
        return this.pair.run(node, `cat ${file}`);
    }

    private async promotedSince(since: number): Promise<string[]> {
        const found = await Promise.all(NODES.map((node) => this.pair.promotions(node, since).catch(() => [])));
        return found.flat().map(({ node }) => node);
    }
}

/** Runs one of the documented commands without its questions. @throws Error with its output, if it fails. */
export function runCommand(deployment: Deployment, command: string, input = "") {
    const [, verb, ...words] = command.split(" ");
    const silent = verb === "config" ? [] : verb === "preview" ? ["--color", "never"] : SILENT;
    return runPulumi(deployment, [verb, ...silent, ...words], input);
}

let shared: Promise<DayTwo> | undefined;

/** Gives a suite the pair before its tests. The first suite makes the pair, and later suites share it. */
export function onDayTwo(take: (day: DayTwo) => void): void {
    before(async function () {
        // the first run on a machine builds the engine and the servers' image
        this.timeout(60 * 60_000);
        shared ??= DayTwo.start();
        take(await shared);
    });
}

/** The pair is healthy after each test of the suite, and after the last test another `up` changes nothing. */
export function staysAsSet(of: () => DayTwo): void {
    afterEach(() => of().healthy());
    after(() => of().noMoreChanges());
}

after(async function () {
    this.timeout(120_000);
    const day = await shared?.catch(() => undefined);
    await day?.client.stop();
    await stopCloud(NAME);
});
