export interface FaultRow {
    name: string;
    /** ms, at the client. */
    outageMs: number;
    before: string;
    after: string | null;
}

/** The figures as a table for a terminal. */
export function faultTable(rows: FaultRow[]): string {
    const cells = [
        ["fault", "outage", "before", "after"],
        ...rows.map((row) => [row.name, `${row.outageMs} ms`, row.before, row.after ?? "nobody"]),
    ];
    const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
    const lines = cells.map((line) =>
        line
            .map((cell, column) => (column === 1 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
            .join("  ")
            .trimEnd(),
    );
    return [lines[0], widths.map((width) => "-".repeat(width)).join("  "), ...lines.slice(1)].join("\n");
}
