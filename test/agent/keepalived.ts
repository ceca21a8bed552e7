import { writeFileSync } from "node:fs";
import type { Stand } from "../../lab/agent/harness";

/** Seconds. */
const ADVERT = 0.2;

type State = "MASTER" | "BACKUP" | "FAULT";

/**
 * A stand-in for keepalived on both nodes, with what the agent depends on: priorities, `nopreempt`, the track file
 * `yield`.
 */
export class Keepalived {
    /** Whether adverts arrive. */
    heard = true;
    /** Nodes whose service failed, or that are off. */
    readonly down = [false, false];
    /** Every promotion, by the node's index. */
    readonly promotions: number[] = [];
    readonly states: State[] = ["BACKUP", "BACKUP"];
    private readonly heardAt = [0, 0];
    private readonly timer: NodeJS.Timeout;
    private work: Promise<void> = Promise.resolve();
    private busy = false;

    /** Begins with the first node as MASTER. */
    constructor(private readonly stand: Stand) {
        this.states[0] = "MASTER";
        this.heardAt.fill(performance.now());
        this.timer = setInterval(() => this.tick(), 20);
    }

    /** To be called before the agents start. */
    static configure(stand: Stand): void {
        stand.nodes.forEach((node) => writeFileSync(node.file("keepalived.conf"), `    advert_int ${ADVERT}\n`));
    }

    async close(): Promise<void> {
        clearInterval(this.timer);
        await this.work;
    }

    private tick(): void {
        if (!this.busy) {
            this.busy = true;
            this.work = this.round().finally(() => (this.busy = false));
        }
    }

    private async round(): Promise<void> {
        for (const index of [0, 1]) {
            await this.step(index);
        }
    }

    private async step(index: number): Promise<void> {
        const hears = this.heard && this.states[1 - index] === "MASTER";
        const eligible = !this.down[index] && this.stand.nodes[index].flag("yield") !== "1";
        if (!eligible) {
            await this.become(index, "FAULT");
        } else if (this.states[index] === "FAULT") {
            this.heardAt[index] = performance.now();
            await this.become(index, "BACKUP");
        } else if (this.states[index] === "MASTER") {
            // the first node has the higher priority
            await this.become(index, hears && index === 1 ? "BACKUP" : "MASTER");
        } else if (hears) {
            this.heardAt[index] = performance.now();
        } else if (performance.now() - this.heardAt[index] > 3.1 * ADVERT * 1000) {
            await this.become(index, "MASTER");
        }
    }

    private async become(index: number, state: State): Promise<void> {
        const node = this.stand.nodes[index];
        const before = this.states[index];
        if (state === before) {
            return;
        }
        this.states[index] = state;
        if (state === "MASTER") {
            this.promotions.push(index);
            await node.promote();
        } else if (before === "MASTER") {
            await node.demote(state);
        } else {
            node.notify(state);
        }
        this.heardAt[index] = performance.now();
    }
}
