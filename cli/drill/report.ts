import { LATE_MS, outageText } from "../client/outage";
import type { JournalLine } from "../pair/journal";
import { when } from "../terminal/when";
import { htmlFacts, htmlTable, htmlVerdict, page } from "./page";
import type { Rehearsed } from "./rehearse";
import { timeline } from "./timeline";

export interface Drill {
    pair: string;
    virtualIps: string[];
    nodes: string[];
    /** The client, its URL, and its requests per second. */
    client: string;
    url: string;
    perSecond: number;
    /** ms since the epoch. */
    startedAt: number;
    rows: Rehearsed[];
    journal: JournalLine[];
}

export const HEADINGS = ["fault", "node", "answers before", "after", "outage", "lost", ""];

/** The cells of the table, for the page and the terminal. */
export function cellsOf({ fault, node, before, after, outageMs, parts, lost, asked, problem }: Rehearsed): string[] {
    const outage = outageMs === null ? "–" : outageText({ outageMs, parts });
    return [
        fault,
        node,
        before,
        after ?? "no answer",
        outage,
        `${lost} of ${asked}`,
        problem === null ? "passed" : "FAILED",
    ];
}

export function complaint({ fault, node, problem }: Rehearsed): string {
    return `${fault} on ${node}: ${problem}`;
}

/** The report as an HTML page in one file. */
export function html(drill: Drill): string {
    const { pair, virtualIps, nodes, client, url, perSecond, startedAt, rows, journal } = drill;
    const failed = rows.filter(({ problem }) => problem !== null).length;
    const verdict = failed === 0 ? `All ${rows.length} faults were survived.` : `${failed} of ${rows.length} failed.`;
    const facts = [
        ["virtual IP", virtualIps.join(", ")],
        ["nodes", nodes.join(", ")],
        ["asked", `${url} from ${client}, ${perSecond} times per second; an answer after ${LATE_MS} ms counts as lost`],
        ["when", when(startedAt)],
    ];
    const panels = rows.map((row) => ({ ...row, title: `${row.fault} on ${row.node}` }));
    const title = `Failover drill of ${pair}, ${when(startedAt)}`;
    return page(title, `Failover drill of ${pair}`, [
        htmlVerdict(failed === 0, verdict),
        htmlFacts(facts),
        "<h2>Outages</h2>",
        htmlTable([HEADINGS, ...rows.map(cellsOf)]),
        ...rows.filter(({ problem }) => problem !== null).map((row) => htmlVerdict(false, complaint(row))),
        "<h2>Answers over time</h2>",
        "<p>Seconds since the fault. A bar in a node's lane shows its answers, a bar in the last lane lost answers.</p>",
        timeline(panels, nodes),
        "<h2>Journals of the nodes</h2>",
        `<details><summary>${journal.length} lines of both journals</summary>${htmlTable([
            ["when", "node", "who", "what"],
            ...journal.map(({ at, node, unit, text }) => [when(at, true), node, unit, text]),
        ])}</details>`,
    ]);
}
