import { goneBack } from "../../cli/client/history";
import { LATE_MS, measureOutage, type Sample } from "../../cli/client/outage";
import { FAULTS, FREEZE_MS, type FaultName, type Mend } from "./faults";
import { floorOf, type ApiTimes } from "./floors";
import { RATE, type Prober } from "./prober";
import { silence } from "./statistics";
import type { System } from "./system";

/** The cost of one fault. */
export interface Round {
    /** The node that served at the time of the fault. */
    node: string;
    outageMs: number;
    /** Answers lost later: when the alias moved, the fault was undone, or the partition healed. */
    laterMs: number;
    floorMs: number;
    /**
     * For a partition: ms from its end until the only MASTER was the holder; null if that never happened without help.
     */
    rightMs: number | null;
    /** Whether an operator had to help. The outage then depends on the operator's speed. */
    byHand: boolean;
    /** Whether a node answered again that was promoted earlier than the node that had answered before. */
    wentBack: boolean;
    /** ms since the epoch. */
    struckAt: number;
    samples: Sample[];
}

/** Answers in a row after which the address is back: long enough for every lost one before them to be known. */
const STEADY = (RATE * LATE_MS) / 1000;
/** How long the address may take to come back without help. */
const BACK_MS = 30_000;
/** How long after a partition the right node may take to be the holder. */
const RIGHT_MS = 10_000;

/**
 * Waits until the pair is healthy, causes the fault on the serving node, waits until the address is back, and undoes
 * the fault.
 *
 * @param phase When the fault starts after an advert, as a share of the interval: the cost of a node's death depends on
 * it.
 */
export async function playRound(
    system: System,
    prober: Prober,
    fault: FaultName,
    { phase, api, bridge }: { phase: number; api: ApiTimes; bridge: boolean },
): Promise<Round> {
    await system.untilWell();
    const node = await prober.steady("the address to answer before the fault", 60_000, STEADY);
    const other = system.pair.other(node);
    const detection = await system.detection(other);
    const floorMs = floorOf(fault, detection, api, bridge, FREEZE_MS);
    await system.advert(other);
    await new Promise((resolve) => setTimeout(resolve, phase * detection.advert * 1000));

    const from = prober.samples.length;
    let struckAt = Date.now();
    const mend = once(await FAULTS[fault].strike(system, node));
    try {
        const helped = await back(system, prober, fault, other, api);
        const [backAt, answering] = [prober.samples.length, prober.samples.at(-1)!.answer!];
        if (fault !== "partition" && (await system.roles()).holder !== answering) {
            await system.claim(answering);
        }
        await mend();
        const rightMs = fault === "partition" ? await system.rightHolder(RIGHT_MS) : null;
        const wrong = fault === "partition" && rightMs === null;
        if (wrong) {
            await help(system, other);
        }
        const helpedLater = await system.untilWell();
        await prober.steady("the address to answer afterwards", 60_000, STEADY);
        const seen = prober.samples.slice(from);
        const promotions = await system.promotions(seen[0].sentAt);

        const [first, later] = [prober.samples.slice(from, backAt), prober.samples.slice(backAt)];
        struckAt = first.filter(({ answer }) => answer === null).sort((a, b) => a.seq - b.seq)[0]?.sentAt ?? struckAt;
        return {
            node,
            outageMs: measureOutage(first).outageMs,
            laterMs: silence(later),
            floorMs,
            rightMs,
            byHand: helped || wrong || helpedLater,
            wentBack: goneBack(seen, promotions).length > 0,
            struckAt,
            samples: prober.samples.slice(Math.max(0, from - RATE)),
        };
    } finally {
        await mend();
    }
}

/** Undoes the fault only once. */
function once(mend: Mend): Mend {
    let done: Promise<unknown> | undefined;
    return () => (done ??= mend());
}

/** Waits until the address is back. If it does not come back, an operator helps. @returns whether help was needed */
async function back(system: System, prober: Prober, fault: FaultName, other: string, api: ApiTimes): Promise<boolean> {
    // the frozen node serves again for a moment, until the other node's change of the alias reaches the cloud
    const calm = STEADY + (RATE * 2 * (api.call + api.action)) / 1000;
    const again = (timeoutMs: number) =>
        FAULTS[fault].moves
            ? prober.steady(`${other} to answer`, timeoutMs, STEADY, other)
            : prober.steady("the address to answer again", timeoutMs, Math.round(calm));
    try {
        await again(BACK_MS);
        return false;
    } catch {
        await help(system, other);
        await again(BACK_MS);
        return true;
    }
}

async function help(system: System, other: string): Promise<void> {
    await system.claim((await system.roles()).masters[0] ?? other);
}
