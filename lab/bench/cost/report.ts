import { ruledTable } from "../../../cli/terminal/table";
import { compare, verdict, type Comparison } from "./compare";
import type { Measured } from "./traffic";
import type { UnitCost } from "./units";

/** The goal, as a share of the value without the pair. */
const GOAL = 0.97;

export interface TrafficRow extends Comparison {
    name: string;
    rounds: number;
}

export function trafficRows(measured: Measured[]): TrafficRow[] {
    return measured.map(({ name, better, rounds }) => ({ name, rounds: rounds.length, ...compare(rounds, better) }));
}

const figure = (value: number) => value.toFixed(value < 10 ? 3 : 0);

export function trafficTable(rows: TrafficRow[]): string {
    const cells = rows.map((row) => [
        row.name,
        figure(row.vip),
        figure(row.own),
        row.ratio.toFixed(3),
        row.between.map((ratio) => ratio.toFixed(3)).join("–"),
        verdict(row, GOAL),
        String(row.rounds),
    ]);
    const head = ["", "by the VIP", "by its own address", "ratio", "19 of 20 times", `at least ${GOAL}`, "rounds"];
    return ruledTable([head, ...cells], [1, 2, 3, 4, 6]);
}

export function unitTable(costs: UnitCost[], serving: string): string {
    const cells = costs.map(({ node, unit, processes, cpuSecondsPerHour, memoryBytes }) => [
        `${node}${node === serving ? " (master)" : ""}`,
        unit,
        processes === null ? "none" : String(processes),
        `${cpuSecondsPerHour.toFixed(1)} s`,
        `${((cpuSecondsPerHour / 3600) * 100).toFixed(2)} %`,
        `${(memoryBytes / 1e6).toFixed(1)} MB`,
    ]);
    const head = ["node", "unit", "processes", "CPU time per hour", "of one core", "memory"];
    return ruledTable([head, ...cells], [2, 3, 4, 5]);
}
