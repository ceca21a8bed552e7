import { ruledTable } from "../../cli/terminal/table";

export interface FaultRow {
    name: string;
    /** ms, at the client. */
    outageMs: number;
    /** ms of the later outage while the alias moved; 0 if it was there already. */
    followMs: number;
    before: string;
    after: string | null;
}

/** The figures as a table for a terminal. */
export function faultTable(rows: FaultRow[]): string {
    const ms = (value: number) => `${value} ms`;
    const cells = rows.map((row) => [
        row.name,
        ms(row.outageMs),
        ms(row.followMs),
        row.before,
        row.after ?? "no answer",
    ]);
    return ruledTable([["fault", "outage", "alias moves", "before", "after"], ...cells], [1, 2]);
}
