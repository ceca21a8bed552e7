/** The numbers to reach, checked against what was measured. Pure. */
import { FAULT_NAMES, type FaultName } from "./faults";
import type { Figures } from "./figures";
import { nameOf } from "./plan";

export interface Verdict {
    goal: string;
    met: boolean;
    /** What was measured, of every row that it is about. */
    figures: string;
}

interface Goal {
    goal: string;
    faults: FaultName[];
    /** Rows with the bridge, without it, or both. */
    bridge?: boolean;
    met: (row: Figures) => boolean;
    figure: (row: Figures) => string;
}

const ms = ({ medianMs, worstMs }: Figures) => `${medianMs} ms (worst ${worstMs} ms)`;
const toFloor = (row: Figures) => `${row.ratioToFloor} (${row.medianMs} of ${row.floorMs} ms)`;
const closeToFloor = ({ ratioToFloor }: Figures) => ratioToFloor !== null && ratioToFloor < 1.05;

const GOALS: Goal[] = [
    {
        goal: "a crashed service costs less than 150 ms with the bridge",
        faults: ["service-crash"],
        bridge: true,
        met: ({ medianMs }) => medianMs < 150,
        figure: ms,
    },
    {
        goal: "and less than 1.05 of detection and API without it",
        faults: ["service-crash"],
        bridge: false,
        met: closeToFloor,
        figure: toFloor,
    },
    {
        goal: "a dead node costs less than 1.05 of detection and API",
        faults: ["node-poweroff"],
        met: closeToFloor,
        figure: toFloor,
    },
    {
        goal: "a planned switchover costs less than 100 ms with the bridge",
        faults: ["switchover"],
        bridge: true,
        met: ({ medianMs }) => medianMs < 100,
        figure: ms,
    },
    {
        goal: "no node answers again after one that was promoted later",
        // cut off from each other, and after a freeze, the node promoted last may be the one that stands back
        faults: FAULT_NAMES.filter((fault) => fault !== "partition" && fault !== "node-freeze"),
        met: ({ wentBack }) => wentBack === 0,
        figure: ({ wentBack, rounds }) => `${wentBack} of ${rounds}`,
    },
    {
        goal: "after a partition the right node is the holder every time, within 3 s",
        faults: ["partition"],
        met: ({ right, rounds }) => right!.rounds === rounds && right!.worstMs! < 3000,
        figure: ({ right, rounds }) => `${right!.rounds} of ${rounds}, worst ${right!.worstMs ?? "–"} ms`,
    },
];

/** Of each goal that rows are about. */
export function verdicts(figures: Figures[]): Verdict[] {
    return GOALS.flatMap(({ goal, faults, bridge, met, figure }) => {
        const rows = figures.filter(
            ({ variant, fault }) =>
                variant.system === "pair" && faults.includes(fault) && (bridge ?? variant.bridge) === variant.bridge,
        );
        const said = rows.map((row) => `${nameOf(row.variant).replace("pair, ", "")}: ${figure(row)}`);
        return rows.length === 0 ? [] : [{ goal, met: rows.every(met), figures: said.join("; ") }];
    });
}

export function verdictLine({ goal, met, figures }: Verdict): string {
    return `${met ? "met" : "MISSED"}: ${goal}: ${figures}`;
}
