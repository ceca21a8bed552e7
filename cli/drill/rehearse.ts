import type { Client } from "../client/client";
import { measureOutage, type Sample } from "../client/outage";
import { RATE } from "../client/remoteClient";
import type { Context } from "../context";
import type { Node } from "../pair/findPair";
import { Mending } from "../pair/mending";
import { masterOf } from "../pair/verdict";
import { untilGood, untilHolder } from "../pair/waiting";
import { Interrupted, Problem } from "../problem";
import { lastLine } from "../wire/plain";
import type { DrillFault } from "./drillFaults";

/** The result of one fault. */
export interface Rehearsed {
    fault: string;
    /** The node that had the fault. */
    node: string;
    before: string;
    after: string | null;
    /** ms; null if the outage did not end. */
    outageMs: number | null;
    parts: number[];
    lost: number;
    asked: number;
    /** What went wrong; null if the pair passed. */
    problem: string | null;
    /** ms since the epoch, by the client's clock. */
    struckAt: number;
    samples: Sample[];
}

/** Seconds. */
const GOOD_WITHIN = 150;
const OVER_WITHIN = 90;

/**
 * Causes one fault after the other until the pair fails one. @returns the rows, and the reason if the drill ended early
 * otherwise
 */
export async function rehearseAll(
    context: Context,
    client: Client,
    faults: DrillFault[],
): Promise<{ rows: Rehearsed[]; stopped: string | null }> {
    const rows: Rehearsed[] = [];
    for (const fault of faults) {
        try {
            const row = await rehearse(context, client, fault);
            rows.push(row);
            context.say(row.problem === null ? `  ${row.after} answers after ${row.outageMs} ms` : `  ${row.problem}`);
            if (row.problem !== null) {
                break;
            }
        } catch (error) {
            return { rows, stopped: `the drill ended at ${fault.name}: ${reason(error)}` };
        }
    }
    return { rows, stopped: null };
}

/**
 * Causes the fault on the serving node, waits until the address answers again, repairs, and waits until the pair is
 * healthy.
 */
async function rehearse(context: Context, client: Client, fault: DrillFault): Promise<Rehearsed> {
    const { ssh, nodes, say } = context;
    const master = masterOf(await untilGood(ssh, nodes, GOOD_WITHIN))!.node;
    const other = nodes.find((node) => node !== master)!;
    const before = await client.steady("the client to get answers", 30_000, RATE);
    const mending = new Mending(ssh, say);
    return mending.during(async () => {
        const from = Math.max(0, client.samples.length - 2 * RATE);
        let struckAt = Date.now();
        say(`${fault.name} on ${master.name}: ${fault.about} …`);
        let problem = await mending
            .break(master, fault.strike, fault.mend, () => (struckAt = client.samples.at(-1)!.sentAt))
            .then(
                ({ code, stderr }) => (code === 0 ? null : `the fault could not be caused: ${lastLine(stderr)}`),
                reason,
            );
        problem ??= await recovery(context, client, fault.moves ? other : master);
        const samples = client.samples.slice(from);
        await mending.mendAll();
        problem ??= await untilGood(ssh, nodes, GOOD_WITHIN).then(() => null, reason);
        return {
            fault: fault.name,
            node: master.name,
            before,
            ...costs(samples, struckAt),
            problem,
            struckAt,
            samples,
        };
    });
}

/** Why the pair did not recover, or null. */
async function recovery({ ssh }: Context, client: Client, holder: Node): Promise<string | null> {
    try {
        await untilHolder(ssh, holder, OVER_WITHIN);
        await client.steady("the client to get answers again", OVER_WITHIN * 1000, RATE);
        return null;
    } catch (error) {
        return reason(error);
    }
}

/** Errors that a fault may cause. Every other error is a bug of this program. */
function reason(error: unknown): string {
    if (!(error instanceof Problem) || error instanceof Interrupted) {
        throw error;
    }
    return error.message;
}

function costs(
    samples: Sample[],
    struckAt: number,
): Pick<Rehearsed, "after" | "outageMs" | "parts" | "lost" | "asked"> {
    const since = samples.filter(({ sentAt }) => sentAt >= struckAt);
    const lost = since.filter(({ answer }) => answer === null).length;
    try {
        const { after, outageMs, parts } = measureOutage(samples);
        return { after, outageMs, parts, lost, asked: since.length };
    } catch {
        return { after: null, outageMs: null, parts: [], lost, asked: since.length };
    }
}
