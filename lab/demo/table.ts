import { ruledTable } from "../../cli/terminal/table";

export interface FaultRow {
    name: string;
    /** ms, at the client. */
    outageMs: number;
    /** ms, later, while the alias followed; 0 if it was there already. */
    followMs: number;
    before: string;
    after: string | null;
}

/** The figures as a table for a terminal. */
export function faultTable(rows: FaultRow[]): string {
    const ms = (value: number) => `${value} ms`;
    const cells = rows.map((row) => [row.name, ms(row.outageMs), ms(row.followMs), row.before, row.after ?? "nobody"]);
    return ruledTable([["fault", "outage", "alias follows", "before", "after"], ...cells], [1, 2]);
}
