import * as path from "path";
import { setTimeout as delay } from "timers/promises";
import { Stand } from "../../agent/harness";

/** How many times faster the agents' clocks run, and how many of their hours are measured. */
const FACTOR = 120;
const HOURS = 2;
const FAST_CLOCK = path.join(__dirname, "fast_clock.py");
/** The agents' settings, as in components/render/agentConfig.ts. */
const VERIFY_SECONDS = 30;
export const IDLE_SECONDS = (HOURS * 3600) / FACTOR;

/** Requests per hour of an idle pair. */
export interface IdlePair {
    metadata: boolean;
    hours: number;
    factor: number;
    /** Counted in the API's audit log, for the serving node and the other one. */
    requests: [number, number];
    perHour: number;
}

/** Two real agents, of which one holds the alias, and the requests that arrive from them while nothing happens. */
export async function measureIdlePair(metadata: boolean): Promise<IdlePair> {
    const stand = await Stand.open({ metadata, verifySeconds: VERIFY_SECONDS });
    try {
        for (const node of stand.nodes) {
            node.launcher = (words) => ["/usr/bin/python3", "-IS", FAST_CLOCK, String(FACTOR), ...words];
        }
        await stand.startAgents();
        await stand.settle(0);
        await stand.settled();
        const from = stand.seq;
        const began = performance.now();
        await delay(IDLE_SECONDS * 1000);
        const hours = ((performance.now() - began) * FACTOR) / 3_600_000;
        const requests: [number, number] = [stand.requests(0, from).length, stand.requests(1, from).length];
        return { metadata, hours, factor: FACTOR, requests, perHour: (requests[0] + requests[1]) / hours };
    } finally {
        await stand.close();
    }
}
