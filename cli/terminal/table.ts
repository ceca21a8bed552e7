// colour codes have no width
const width = (cell: string) => [...cell.replace(/\x1b\[\d+m/g, "")].length;

/**
 * Aligned columns with two spaces between them.
 *
 * @param right The columns that are aligned to the right.
 */
export function table(rows: string[][], right: number[] = []): string {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
    return rows
        .map((row) =>
            row
                .map((cell, column) => {
                    const space = " ".repeat(Math.max(0, (widths[column] ?? 0) - width(cell)));
                    return right.includes(column) ? space + cell : cell + space;
                })
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}

/** A table with a rule under its first row. */
export function ruledTable(rows: string[][], right: number[] = []): string {
    const lines = table(rows, right).split("\n");
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
    return [lines[0], widths.map((columns) => "-".repeat(columns)).join("  "), ...lines.slice(1)].join("\n");
}
