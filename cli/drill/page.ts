import { escape } from "./timeline";

/** An HTML page in one file, without external resources. */
export function page(title: string, heading: string, body: string[]): string {
    return [
        "<!DOCTYPE html>",
        `<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>`,
        `<meta name="viewport" content="width=device-width"><style>${CSS}</style></head><body>`,
        `<h1>${escape(heading)}</h1>`,
        ...body,
        "</body></html>",
        "",
    ].join("\n");
}

/** @param rows The first row is the head. */
export function htmlTable([head = [], ...rows]: string[][]): string {
    const cells = (tag: string, row: string[]) => row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("");
    const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
    return `<table><thead><tr>${cells("th", head)}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

export function htmlFacts(facts: string[][]): string {
    return `<dl>${facts.map(([name = "", text = ""]) => `<dt>${escape(name)}</dt><dd>${escape(text)}</dd>`).join("")}</dl>`;
}

export function htmlVerdict(good: boolean, text: string): string {
    return `<p class="${good ? "good" : "bad"}">${escape(text)}</p>`;
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
