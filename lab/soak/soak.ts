import type { Cloud } from "../cloud";
import type { Client } from "../stack/client";
import { listServers } from "../stack/api";
import { untilHealthy } from "../stack/healthy";
import { assigns, NODES, Pair, VIP } from "../stack/pair";
import { until } from "../stack/until";
import { aliasesLost, assignedByOthers, rateLimited, requestsOf, wentBack } from "./invariants";
import { MasterWatch } from "./masterWatch";
import { describeStep, schedule, type Step } from "./schedule";
import { STRIKES } from "./troubles";
import { World } from "./world";

/** ms from the end of the last fault, with both nodes up, until the only MASTER has the alias and answers. */
const CONVERGED_WITHIN = 5000;
/** If neither node is MASTER, as after a reboot of both, keepalived's startup delay and an election come first. */
const ELECTED_WITHIN = 7000;
/**
 * API requests of both nodes together. A claim needs 6 to 10. 3,600 an hour are enough for one such step every three
 * minutes.
 */
const REQUESTS_A_STEP = 180;
/** Aliases outside the pair, one on each node. */
const OTHERS: Record<string, string> = { nginx0: "10.0.1.201", nginx1: "10.0.1.202" };

export interface StepReport {
    step: Step;
    /** ms; see CONVERGED_WITHIN. */
    convergedMs: number;
    master: string;
    claims: number;
    requests: number;
    /** How long the client had no answer, ms. */
    lostMs: number;
}

export class SoakFailure extends Error {}

/** Runs one step after the other on a running pair, and checks the invariants after each. */
export class Soak {
    readonly reports: StepReport[] = [];
    private readonly pair: Pair;
    private readonly world: World;
    private readonly watch: MasterWatch;
    private addresses: Record<string, string> = {};

    constructor(
        private readonly cloud: Cloud,
        private readonly client: Client,
        private readonly log: (line: string) => void,
    ) {
        this.pair = new Pair(cloud);
        this.world = new World(this.pair);
        this.watch = new MasterWatch(cloud);
    }

    /**
     * Runs the steps of a seed for this time, and leaves the pair healthy.
     *
     * @throws SoakFailure at the first step that breaks an invariant, with the steps so far
     */
    async run(seed: number, minutes: number): Promise<void> {
        await untilHealthy(this.cloud, NODES);
        const servers = (await listServers(this.cloud)).filter(({ name }) => NODES.includes(name));
        this.addresses = Object.fromEntries(servers.map(({ name, public_net }) => [public_net.ipv4!.ip, name]));
        for (const node of NODES) {
            await this.world.changeAliases(node, (aliases) => [...new Set([...aliases, OTHERS[node]])]);
        }
        await this.watch.start();
        const end = Date.now() + minutes * 60_000;
        try {
            for (const step of schedule(seed)) {
                if (Date.now() >= end) {
                    break;
                }
                await this.step(step);
            }
        } finally {
            this.watch.stop();
        }
        await this.tidy();
    }

    private async step(step: Step): Promise<void> {
        this.log(describeStep(step));
        const mark = await this.pair.mark();
        const from = Date.now();
        try {
            await this.strike(step);
            await this.world.up();
            const { ms, master } = await this.converge();
            const audit = await this.cloud.control.audit(mark);
            const requests = requestsOf(audit, this.addresses).length;
            const samples = this.client.samples.filter(({ sentAt }) => sentAt >= from);
            const problems = [
                ...assignedByOthers(audit, this.addresses, this.watch.spans, this.world.delayed),
                ...rateLimited(audit),
                ...aliasesLost(OTHERS, await this.aliases()),
                ...wentBack(step, samples, this.watch.spans),
                ...(ms > CONVERGED_WITHIN ? [`it took ${ms} ms until the MASTER was the holder and answered`] : []),
                ...(requests > REQUESTS_A_STEP ? [`the nodes sent ${requests} requests`] : []),
            ];
            const lost = samples.filter(({ answer }) => answer === null);
            const claims = audit.filter((entry) => assigns(entry) && entry.sourceIp in this.addresses).length;
            this.reports.push({ step, convergedMs: ms, master, claims, requests, lostMs: lost.length * 20 });
            this.log(
                `   ${master} after ${ms} ms; ${claims} claims, ${requests} requests, ${lost.length * 20} ms lost`,
            );
            if (problems.length > 0) {
                throw new Error(problems.join("\n"));
            }
        } catch (error) {
            throw new SoakFailure(`step ${step.number}: ${(error as Error).message}`, { cause: error });
        }
    }

    private async strike({ troubles }: Step): Promise<void> {
        const { masters, holder } = await this.pair.roles();
        const master = masters[0] ?? holder ?? NODES[0];
        const struck = troubles.map(async ({ kind, on, at, ms }) => {
            await pass(at);
            const mend = await STRIKES[kind](this.world, on === "MASTER" ? master : this.pair.other(master), ms);
            await pass(ms);
            await mend();
        });
        const failed = (await Promise.allSettled(struck)).find((one) => one.status === "rejected");
        if (failed !== undefined) {
            throw failed.reason;
        }
    }

    /** How long the pair takes to be healthy, from now or from the moment that there is a MASTER. */
    private async converge(): Promise<{ ms: number; master: string }> {
        let from = Date.now();
        if ((await this.pair.masters()).length === 0) {
            await until("a MASTER", ELECTED_WITHIN, async () => (await this.pair.masters()).length > 0);
            from = Date.now();
        }
        const { master } = await this.pair.settled(60_000, 0);
        await until(`${master} to answer`, 30_000, () => {
            const tail = this.client.samples.slice(-5);
            return tail.length === 5 && tail.every(({ answer }) => answer === master);
        });
        const ms = Date.now() - from;
        // a claim of the former MASTER may still be in progress
        await this.pair.settled(CONVERGED_WITHIN, 1000);
        return { ms, master };
    }

    private async aliases(): Promise<Record<string, string[]>> {
        const servers = await this.pair.servers();
        return Object.fromEntries(servers.map(({ name, nics }) => [name, nics.flatMap(({ aliasIps }) => aliasIps)]));
    }

    private async tidy(): Promise<void> {
        const { firstToken } = this.world;
        if (firstToken !== null) {
            await this.cloud.control.addToken(firstToken);
            await this.world.setToken(firstToken);
        }
        for (const node of NODES) {
            await this.world.changeAliases(node, (aliases) => aliases.filter((alias) => alias === VIP));
        }
        await untilHealthy(this.cloud, NODES);
    }
}

function pass(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
}
