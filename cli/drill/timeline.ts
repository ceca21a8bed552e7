import type { Sample } from "../client/outage";

/** One fault, seen by the client. */
export interface Panel {
    title: string;
    /** ms since the epoch, by the client's clock. */
    struckAt: number;
    /** ms; null if the outage did not end. */
    outageMs: number | null;
    samples: Sample[];
}

/** Successive answers of one node (`who`), or lost answers (null). Times in ms since the epoch. */
export interface Run {
    who: string | null;
    from: number;
    to: number;
    count: number;
}

/** Samples as runs, in the order of their requests. A run ends where the next one begins. */
export function runsOf(samples: Sample[]): Run[] {
    const runs: Run[] = [];
    for (const { answer, sentAt } of [...samples].sort((a, b) => a.seq - b.seq)) {
        const last = runs.at(-1);
        if (last !== undefined) {
            last.to = sentAt;
        }
        if (last?.who === answer) {
            last.count++;
        } else {
            runs.push({ who: answer, from: sentAt, to: sentAt, count: 1 });
        }
    }
    return runs;
}

const WIDTH = 960;
const LEFT = 110;
const RIGHT = 20;
const LANE = 18;
const TITLE = 30;
const AXIS = 24;
/** ms shown before the fault, and the least after it. */
const BEFORE = 1000;
const AFTER = 2000;

/**
 * The answers over time as SVG: a panel for each fault, all on one time scale, with a lane for each node and one for
 * lost answers.
 */
export function timeline(panels: Panel[], nodes: string[]): string {
    const others = panels.some(({ samples }) =>
        samples.some(({ answer }) => answer !== null && !nodes.includes(answer)),
    );
    const lanes = [...nodes, ...(others ? ["answered"] : []), "no answer"];
    const longest = Math.max(AFTER, ...panels.map(({ samples, struckAt }) => lastOf(samples) - struckAt));
    const scale = (WIDTH - LEFT - RIGHT) / (BEFORE + longest);
    const x = (ms: number) => round(LEFT + (BEFORE + ms) * scale);
    const height = TITLE + lanes.length * LANE + AXIS;
    const parts = panels.map((panel, index) => {
        const inside = [
            heading(panel),
            laneNames(lanes),
            ...ticks(lanes, x, longest),
            ...bars(panel, lanes, x),
            struck(lanes, x),
        ];
        return `<g transform="translate(0 ${index * height})">${inside.join("")}</g>`;
    });
    const size = `viewBox="0 0 ${WIDTH} ${panels.length * height}" width="${WIDTH}" height="${panels.length * height}"`;
    const title = "<title>Answers over time</title>";
    return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}>${title}${parts.join("\n")}</svg>`;
}

function heading({ title, outageMs }: Panel): string {
    const cost = outageMs === null ? "no end" : outageMs === 0 ? "nothing lost" : `${outageMs} ms`;
    return `<text class="heading" x="0" y="18">${escape(title)}: ${cost}</text>`;
}

function laneNames(lanes: string[]): string {
    return lanes
        .map((name, lane) => `<text class="lane" x="${LEFT - 8}" y="${top(lane) + 13}">${escape(name)}</text>`)
        .join("");
}

function bars({ samples, struckAt }: Panel, lanes: string[], x: (ms: number) => number): string[] {
    return runsOf(samples)
        .filter(({ to }) => to > struckAt - BEFORE)
        .map(({ who, from, to, count }) => {
            const lane = who === null ? lanes.length - 1 : Math.max(lanes.indexOf(who), 0);
            const [begin, end] = [Math.max(from - struckAt, -BEFORE), to - struckAt];
            const box = `x="${x(begin)}" y="${top(lane) + 2}" width="${Math.max(1, round(x(end) - x(begin)))}" height="${LANE - 4}"`;
            const span = `${(begin / 1000).toFixed(2)} s to ${(end / 1000).toFixed(2)} s`;
            const title = `<title>${escape(who ?? "no answer")}, ${span}, ${count} requests</title>`;
            return `<rect class="${who === null ? "lost" : `node${lane}`}" ${box}>${title}</rect>`;
        });
}

function ticks(lanes: string[], x: (ms: number) => number, longest: number): string[] {
    const bottom = top(lanes.length);
    const step = [1, 2, 5, 10, 20, 60].find((seconds) => longest / 1000 / seconds <= 12) ?? 120;
    return Array.from({ length: Math.floor(longest / 1000 / step) + 1 }, (_, index) => index * step).map((second) => {
        const at = x(second * 1000);
        const line = `<line class="tick" x1="${at}" x2="${at}" y1="${TITLE}" y2="${bottom + 3}"/>`;
        return `${line}<text class="axis" x="${at}" y="${bottom + 15}">${second} s</text>`;
    });
}

function struck(lanes: string[], x: (ms: number) => number): string {
    return `<line class="struck" x1="${x(0)}" x2="${x(0)}" y1="${TITLE - 4}" y2="${top(lanes.length) + 3}"/>`;
}

const top = (lane: number) => TITLE + lane * LANE;
const round = (value: number) => Math.round(value * 10) / 10;
const lastOf = (samples: Sample[]) => samples.reduce((last, { sentAt }) => Math.max(last, sentAt), 0);

/** Escapes text for the content and the attributes of XML and HTML. */
export function escape(text: string): string {
    const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
    return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}
