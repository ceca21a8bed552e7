/** The figures for a terminal and for a browser. Pure. */
import type { Sample } from "../../cli/client/outage";
import { htmlFacts, htmlTable, htmlVerdict, page } from "../../cli/drill/page";
import { timeline } from "../../cli/drill/timeline";
import { ruledTable } from "../../cli/terminal/table";
import { when } from "../../cli/terminal/when";
import { FAULTS, FAULT_NAMES } from "./faults";
import type { Figures } from "./figures";
import { verdictLine, type Verdict } from "./goals";
import { nameOf, type ApiSetting } from "./plan";

/** Facts beside the figures, each with a name and a text. */
export type Facts = string[][];

const HEADINGS = ["fault", "system", "median", "worst", "× note", "× floor", "floor", "later", "rounds", ""];
/** Those with numbers. */
const RIGHT = [2, 3, 4, 5, 6, 7, 8];

export function cellsOf(row: Figures): string[] {
    const factor = (value: number | null) => (value === null ? "–" : value.toFixed(value < 0.1 ? 3 : 2));
    return [
        row.fault,
        nameOf(row.variant),
        `${row.medianMs} ms`,
        `${row.worstMs} ms`,
        factor(row.ratioToNote),
        factor(row.ratioToFloor),
        `${row.floorMs} ms`,
        row.worstLaterMs === 0 ? "0" : `${row.laterMs} ms`,
        String(row.rounds),
        remarks(row),
    ];
}

function remarks({ right, rounds, byHand, failures }: Figures): string {
    const after = right?.medianMs == null ? "" : `, after ${right.medianMs} ms, at worst ${right.worstMs} ms`;
    return [
        ...(right === null ? [] : [`right holder after the heal in ${right.rounds} of ${rounds}${after}`]),
        ...(byHand === 0 ? [] : [`${byHand} needed an operator's help`]),
        ...(failures.length === 0 ? [] : [`${failures.length} FAILED`]),
    ].join("; ");
}

const LEGEND =
    "later: the median time without answers after the first good answer, when the alias moved, the fault was undone, or the partition healed";

/** One table for each speed of the API, then the goals. */
export function text(figures: Figures[], goals: Verdict[]): string {
    const tables = byApi(figures).map(([api, rows]) => {
        return `API ${api.latencyMs} ms a call, ${api.actionMs} ms an action\n\n${ruledTable([HEADINGS, ...rows.map(cellsOf)], RIGHT)}`;
    });
    return [...tables, LEGEND, goals.map(verdictLine).join("\n")].join("\n\n");
}

export function html(figures: Figures[], goals: Verdict[], facts: Facts, startedAt: number): string {
    return page(`Failover benchmark, ${when(startedAt)}`, "Failover: the set-up of 2019 and this one", [
        htmlFacts([...facts, ["when", when(startedAt)]]),
        "<h2>Goals</h2>",
        ...goals.map((goal) => htmlVerdict(goal.met, verdictLine(goal))),
        ...byApi(figures).flatMap(([api, rows]) => [
            `<h2>API ${api.latencyMs} ms a call, ${api.actionMs} ms an action</h2>`,
            htmlTable([HEADINGS, ...rows.map(cellsOf)]),
            `<p>${LEGEND}.</p>`,
        ]),
        "<h2>Answers over time</h2>",
        "<p>For each row, the round closest to its median. Seconds since the first lost answer, or since the fault if none was lost.</p>",
        ...byApi(figures)
            .slice(0, 1)
            .flatMap(([, rows]) => timelines(rows)),
    ]);
}

function timelines(figures: Figures[]): string[] {
    return FAULT_NAMES.flatMap((fault) => {
        const rows = figures.filter((row) => row.fault === fault);
        const panels = rows.map(({ variant, example: { struckAt, outageMs, samples, node } }) => ({
            title: nameOf(variant),
            struckAt,
            outageMs,
            samples: renamed(eventful(samples, struckAt), node),
        }));
        return rows.length === 0 ? [] : [`<h3>${fault}: ${FAULTS[fault].about}</h3>`, timeline(panels, LANES)];
    });
}

/** Without the boots and pauses after the last loss, so that the scale is that of the outages. ms. */
const CALM = 1000;

function eventful(samples: Sample[], struckAt: number): Sample[] {
    const last = samples
        .filter(({ answer }) => answer === null)
        .reduce((at, { sentAt }) => Math.max(at, sentAt), struckAt);
    return samples.filter(({ sentAt }) => sentAt <= last + CALM);
}

const LANES = ["faulty node", "other node"];

/** The nodes by their part in the round, so that one picture can hold different systems. */
function renamed(samples: Sample[], struck: string): Sample[] {
    return samples.map(({ answer, ...rest }) => ({
        ...rest,
        answer: answer === null ? null : answer === struck ? LANES[0] : LANES[1],
    }));
}

/** In the order in which they were measured: the first one is what was asked for, the others are the sweep. */
function byApi(figures: Figures[]): [ApiSetting, Figures[]][] {
    const groups = new Map<string, [ApiSetting, Figures[]]>();
    for (const row of figures) {
        const key = JSON.stringify(row.api);
        const group = groups.get(key) ?? [row.api, []];
        group[1].push(row);
        groups.set(key, group);
    }
    const order = ({ fault }: Figures) => FAULT_NAMES.indexOf(fault);
    return [...groups.values()].map(([api, rows]) => [api, rows.sort((a, b) => order(a) - order(b))]);
}
