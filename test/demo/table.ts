import { ruledTable } from "../../scripts/terminal/table";

export interface FaultRow {
    name: string;
    /** ms, at the client. */
    outageMs: number;
    before: string;
    after: string | null;
}

/** The figures as a table for a terminal. */
export function faultTable(rows: FaultRow[]): string {
    const cells = rows.map((row) => [row.name, `${row.outageMs} ms`, row.before, row.after ?? "nobody"]);
    return ruledTable([["fault", "outage", "before", "after"], ...cells], [1]);
}
