import { outageText } from "../client/outage";
import type { JournalLine } from "../pair/journal";
import { when } from "../terminal/when";
import type { Rehearsed } from "./rehearse";
import { escape, timeline } from "./timeline";

export interface Drill {
    pair: string;
    virtualIps: string[];
    nodes: string[];
    /** Who asked what, how often a second. */
    client: string;
    url: string;
    perSecond: number;
    /** ms since the epoch. */
    startedAt: number;
    rows: Rehearsed[];
    journal: JournalLine[];
}

export const HEADINGS = ["fault", "node", "answers before", "after", "outage", "lost", ""];

/** The cells of the table, here and on the terminal. */
export function cellsOf({ fault, node, before, after, outageMs, parts, lost, asked, problem }: Rehearsed): string[] {
    const outage = outageMs === null ? "–" : outageText({ outageMs, parts });
    return [
        fault,
        node,
        before,
        after ?? "nobody",
        outage,
        `${lost} of ${asked}`,
        problem === null ? "passed" : "FAILED",
    ];
}

export function complaint({ fault, node, problem }: Rehearsed): string {
    return `${fault} on ${node}: ${problem}`;
}

/** The report: one file that needs nothing else, for a browser. */
export function html(drill: Drill): string {
    const { pair, virtualIps, nodes, client, url, perSecond, startedAt, rows, journal } = drill;
    const failed = rows.filter(({ problem }) => problem !== null).length;
    const verdict = failed === 0 ? `All ${rows.length} faults were survived.` : `${failed} of ${rows.length} failed.`;
    const facts = [
        ["virtual IP", virtualIps.join(", ")],
        ["nodes", nodes.join(", ")],
        ["asked", `${url} from ${client}, ${perSecond} times a second; later than 400 ms is lost`],
        ["when", when(startedAt)],
    ];
    const panels = rows.map((row) => ({ ...row, title: `${row.fault} on ${row.node}` }));
    const title = `Failover drill of ${pair}, ${when(startedAt)}`;
    return [
        "<!DOCTYPE html>",
        `<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>`,
        `<meta name="viewport" content="width=device-width"><style>${CSS}</style></head><body>`,
        `<h1>Failover drill of ${escape(pair)}</h1>`,
        `<p class="${failed === 0 ? "good" : "bad"}">${escape(verdict)}</p>`,
        `<dl>${facts.map(([name, text]) => `<dt>${name}</dt><dd>${escape(text)}</dd>`).join("")}</dl>`,
        "<h2>Outages</h2>",
        tableOf([HEADINGS, ...rows.map(cellsOf)]),
        ...rows.filter(({ problem }) => problem !== null).map((row) => `<p class="bad">${escape(complaint(row))}</p>`),
        "<h2>Who answered when</h2>",
        "<p>Seconds since the fault. A bar in a node's lane: it answered; in the last lane: nobody did.</p>",
        timeline(panels, nodes),
        "<h2>What the nodes said</h2>",
        `<details><summary>${journal.length} lines of both journals</summary>${tableOf([
            ["when", "node", "who", "what"],
            ...journal.map(({ at, node, unit, text }) => [when(at, true), node, unit, text]),
        ])}</details>`,
        "</body></html>",
        "",
    ].join("\n");
}

function tableOf([head, ...rows]: string[][]): string {
    const cells = (tag: string, row: string[]) => row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("");
    const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
    return `<table><thead><tr>${cells("th", head)}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

const CSS = `
:root { color-scheme: light dark; --text: #1b1f24; --back: #fff; --rule: #d0d5db; --a: #2a78b5; --b: #d07b11; --c: #777; --lost: #c62f2f; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8ea; --back: #14171a; --rule: #3a4047; --a: #58a6e0; --b: #f0a040; --c: #999; --lost: #f06060; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
dl { display: grid; grid-template-columns: max-content auto; gap: 0 1rem; } dt { opacity: 0.7; } dd { margin: 0; }
.good, .bad { font-weight: 600; } .bad { color: var(--lost); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 1rem 0.2rem 0; border-bottom: 1px solid var(--rule); }
td:not(:last-child) { white-space: nowrap; } details table { font-size: 12px; }
svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; } svg text { fill: var(--text); }
svg .heading { font-weight: 600; font-size: 14px; } svg .lane { text-anchor: end; } svg .axis { text-anchor: middle; opacity: 0.7; }
svg .node0 { fill: var(--a); } svg .node1 { fill: var(--b); } svg .node2 { fill: var(--c); } svg .lost { fill: var(--lost); }
svg .tick { stroke: var(--rule); } svg .struck { stroke: var(--lost); stroke-width: 1.5; stroke-dasharray: 3 3; }
`.trim();
