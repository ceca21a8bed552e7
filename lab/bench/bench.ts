import type { Cloud } from "../cloud";
import { startCloud } from "../cloud";
import type { Engine } from "../engine/engine";
import { VIP } from "../stack/pair";
import { Random } from "../stack/random";
import { configure, prepareDeployment, type Deployment } from "../stack/workspace";
import { measureApi } from "./apiTimes";
import { exampleOf, type Row } from "./figures";
import type { ApiTimes } from "./floors";
import { load } from "./load";
import { NotePair } from "./notePair";
import type { Options } from "./options";
import { OwnPair } from "./ownPair";
import { nameOf, phases, type ApiSetting, type Leg, type Variant } from "./plan";
import { Prober } from "./prober";
import { playRound } from "./round";
import type { System } from "./system";

type Say = (line: string) => void;

/** A row is given up after this many failed rounds in a row. */
const GIVEN_UP_AFTER = 2;

/**
 * One local cloud with the note's pair and this project's pair, each in its own network. One is measured at a time
 * while the other idles.
 */
export class Bench {
    private readonly random: Random;
    private configured: Variant | null = null;
    /** The results so far, for the report of a run that is interrupted. */
    readonly rows: Row[] = [];
    /** Measured before each leg, because the load of the machine may change. */
    readonly apiTimes: ApiTimes[] = [];
    /** The shares of a processor that the probers used. */
    readonly probers: number[] = [];

    private constructor(
        readonly cloud: Cloud,
        private readonly deployment: Deployment,
        private readonly systems: Record<Variant["system"], System>,
        private readonly options: Options,
        private readonly say: Say,
    ) {
        this.random = new Random(options.seed);
    }

    static async start(options: Options, engine: Engine, say: Say): Promise<Bench> {
        const cloud = await startCloud({ ...options, log: say });
        try {
            const deployment = await prepareDeployment(cloud, engine, await cloud.newToken());
            say("pulumi up on the stack dev, and the note's servers, set up by hand as in the note");
            const [note] = await Promise.all([NotePair.make(cloud), deployment.stack.up()]);
            return new Bench(cloud, deployment, { note, pair: new OwnPair(cloud) }, options, say);
        } catch (error) {
            await cloud.down();
            throw error;
        }
    }

    async run(legs: Leg[]): Promise<void> {
        const unload = this.options.load ? load() : () => undefined;
        try {
            for (const leg of legs) {
                await this.leg(leg);
            }
        } finally {
            unload();
        }
    }

    private async leg({ api, variant, faults, rounds }: Leg): Promise<void> {
        const system = this.systems[variant.system];
        await this.configure(variant);
        const times = await this.speedOf(api);
        const prober = Prober.start(await this.cloud.netnsOf(system.client), VIP);
        try {
            for (const fault of faults) {
                const row: Row = { api, variant, fault, rounds: [], failures: [] };
                this.rows.push(row);
                await this.row(row, system, prober, times, rounds);
                forget(row);
            }
        } finally {
            this.probers.push(prober.cpu());
            await prober.stop();
        }
    }

    private async row(row: Row, system: System, prober: Prober, api: ApiTimes, rounds: number): Promise<void> {
        let inSuccession = 0;
        for (const [index, phase] of phases(this.random, rounds).entries()) {
            const what = `${row.fault}, ${nameOf(row.variant)}, round ${index + 1} of ${rounds}`;
            try {
                const round = await playRound(system, prober, row.fault, { phase, api, bridge: row.variant.bridge });
                row.rounds.push(round);
                inSuccession = 0;
                const help = round.byHand ? ", with an operator's help" : "";
                this.say(`${what}: ${round.outageMs} ms, ${round.laterMs} ms later${help}`);
            } catch (error) {
                row.failures.push((error as Error).message);
                this.say(`${what}: FAILED: ${(error as Error).message}`);
                if (++inSuccession === GIVEN_UP_AFTER) {
                    return;
                }
            }
        }
    }

    /** Makes the API as fast as this, and measures how fast it is. */
    private async speedOf(api: ApiSetting): Promise<ApiTimes> {
        await this.cloud.control.setTiming(api);
        const times = await measureApi(this.cloud, this.systems.pair.client, api);
        this.say(`the API as measured: ${times.call} ms a call, ${times.action} ms an action`);
        this.apiTimes.push(times);
        return times;
    }

    private async configure(variant: Variant): Promise<void> {
        const { configured } = this;
        if (
            variant.preset === null ||
            (configured?.preset === variant.preset && configured.bridge === variant.bridge)
        ) {
            return;
        }
        this.say(`pulumi up: ${nameOf(variant)}`);
        await configure(this.deployment.stack, {
            "failover-pair:timing": { value: variant.preset },
            "failover-pair:bridge": { value: String(variant.bridge) },
        });
        await this.deployment.stack.up();
        this.configured = variant;
    }
}

/** 500 samples per second are too many for a run of hours, so only the round in the report keeps them. */
function forget({ rounds }: Row): void {
    const kept = rounds.length === 0 ? undefined : exampleOf(rounds);
    rounds.filter((round) => round !== kept).forEach((round) => (round.samples = []));
}
