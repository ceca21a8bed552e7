import { Problem } from "../problem";
import type { Node } from "./findPair";
import { serverOf } from "./report";
import { Unreachable, type Ssh } from "./ssh";

export interface JournalLine {
    /** ms since the epoch, of the node's clock. */
    at: number;
    node: string;
    /** alias-switch, keepalived, or systemd about one of them. */
    unit: string;
    text: string;
    /** As in syslog: 0–7, 4 is a warning. */
    priority: number;
}

const FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER";

/** What prints the journals of keepalived and the agent since a moment (ms since the epoch), for ever if `follow`. */
export function journalCommand(since: number, follow = false): string {
    const units = "-u alias-switch.service -u keepalived.service";
    return `journalctl ${units} -o json --output-fields=${FIELDS} --no-pager --since=@${(since / 1000).toFixed(3)}${follow ? " -n all -f" : ""}`;
}

/** Lines of several nodes by time; those of one moment in the order of the nodes. */
export function merge(journals: JournalLine[][]): JournalLine[] {
    return journals.flat().sort((a, b) => a.at - b.at);
}

/** @param text One JSON object a line, as journalctl prints them; what is none of them is left out. */
export function parseJournal(node: string, text: string): JournalLine[] {
    return text.split("\n").flatMap((line) => parseLine(node, line) ?? []);
}

export function parseLine(node: string, line: string): JournalLine | null {
    try {
        const entry = JSON.parse(line) as Record<string, unknown>;
        const at = Number(entry.__REALTIME_TIMESTAMP) / 1000;
        if (!Number.isFinite(at)) {
            return null;
        }
        const unit = typeof entry.SYSLOG_IDENTIFIER === "string" ? entry.SYSLOG_IDENTIFIER : "?";
        return { at, node, unit, text: textOf(entry.MESSAGE), priority: Number(entry.PRIORITY ?? 6) };
    } catch {
        return null;
    }
}

/** What is not UTF-8 comes as the numbers of its bytes; what is too long as null. */
function textOf(message: unknown): string {
    if (Array.isArray(message)) {
        return Buffer.from(message as number[]).toString("latin1");
    }
    return typeof message === "string" ? message : "(not shown by journalctl)";
}

/** The journals of both nodes, merged; and the nodes that could not be asked. */
export async function readJournals(
    ssh: Ssh,
    nodes: Node[],
    since: number,
): Promise<{ lines: JournalLine[]; errors: string[] }> {
    const errors: string[] = [];
    const journals = await Promise.all(
        nodes.map(async (node) => {
            try {
                const { code, stdout, stderr } = await ssh.run(serverOf(node), journalCommand(since), { seconds: 60 });
                if (code !== 0) {
                    errors.push(`${node.name}: ${stderr.trim()}`);
                }
                return parseJournal(node.name, stdout);
            } catch (error) {
                if (error instanceof Unreachable) {
                    errors.push(error.message);
                    return [];
                }
                throw error;
            }
        }),
    );
    return { lines: merge(journals), errors };
}

const UNITS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/**
 * A moment (ms since the epoch) from "90s", "10m", "2h", "1d" before `now`, or from a date and time of this machine's zone.
 *
 * @throws Problem
 */
export function parseSince(text: string, now: number): number {
    const ago = /^-?(\d+(?:\.\d+)?)(s|m|min|h|d)$/.exec(text.trim());
    const moment =
        ago === null ? Date.parse(text.trim().replace(" ", "T")) : now - Number(ago[1]) * UNITS[ago[2]] * 1000;
    if (Number.isNaN(moment)) {
        throw new Problem(
            `--since ${text}: it has to be a span such as 90s, 10m, 2h or 1d, or a time such as "2026-08-01 12:30"`,
        );
    }
    return moment;
}
