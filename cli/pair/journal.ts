import { Problem } from "../problem";
import { type FromNode, Lines, parseJson } from "../wire/intake";
import { lastLine, plain } from "../wire/plain";
import { number, object, type Shape, text } from "../wire/shape";
import type { Node } from "./findPair";
import { serverOf } from "./report";
import { sh, type ShellCommand, word } from "./shell";
import { Unreachable, type Ssh } from "./ssh";

export interface JournalLine {
    /** ms since the epoch, by the node's clock. */
    at: number;
    node: string;
    /** alias-switch, keepalived, or systemd for its messages about them. */
    unit: string;
    text: string;
    /** As in syslog, 0–7. 4 is a warning. */
    priority: number;
}

const FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER";

/** The most bytes and lines of one node's journal. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_LINES = 200_000;

/** Characters of one message. journalctl prints null for messages of more than 4096. */
const LONGEST = 8192;

/**
 * The command that prints the journals of keepalived and the agent since a moment (ms since the epoch), without end if
 * `follow`.
 */
export function journalCommand(since: number, follow = false): ShellCommand {
    const moment = word(`--since=@${(since / 1000).toFixed(3)}`);
    const units = sh`journalctl -u alias-switch.service -u keepalived.service -o json --output-fields=${word(FIELDS)}`;
    return follow ? sh`${units} --no-pager ${moment} -n all -f` : sh`${units} --no-pager ${moment}`;
}

/** Lines of several nodes by time. Lines of the same moment are in the order of the nodes. */
export function merge(journals: JournalLine[][]): JournalLine[] {
    return journals.flat().sort((a, b) => a.at - b.at);
}

/** @param text One JSON object per line, as journalctl prints them. Other lines are skipped. */
export function parseJournal(node: string, text: string): JournalLine[] {
    return text.split("\n").flatMap((line) => parseLine(node, line) ?? []);
}

/** Numbers arrive as strings. */
const digits =
    <T>(within: Shape<T>): Shape<T> =>
    (value, at, odd) =>
        within(typeof value === "string" && /^\d{1,20}$/.test(value) ? Number(value) : value, at, odd);

/**
 * A message that is not UTF-8 or contains a control character arrives as an array of bytes, and a message that is too
 * long as null.
 */
const message: Shape<string> = (value) => {
    const bytes: unknown[] = Array.isArray(value) ? value.slice(0, LONGEST) : [];
    if (bytes.length > 0 && bytes.every((byte) => Number.isInteger(byte))) {
        return plain(decoded(Buffer.from(bytes as number[])), LONGEST);
    }
    return typeof value === "string" ? plain(value, LONGEST) : "(not shown by journalctl)";
};

function decoded(bytes: Buffer): string {
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        return bytes.toString("latin1");
    }
}

/** In microseconds, up to the year 9999. */
const ENTRY = object(
    {
        __REALTIME_TIMESTAMP: digits(number(0, 253_402_300_799e6, null)),
        SYSLOG_IDENTIFIER: text("?", 64),
        MESSAGE: message,
        PRIORITY: digits(number(0, 7, 6)),
    },
    null,
);

export function parseLine(node: string, line: FromNode | string): JournalLine | null {
    const entry = parseJson(line, ENTRY)?.value ?? null;
    if (entry === null || entry.__REALTIME_TIMESTAMP === null) {
        return null;
    }
    const { SYSLOG_IDENTIFIER: unit, MESSAGE, PRIORITY: priority } = entry;
    return { at: entry.__REALTIME_TIMESTAMP / 1000, node, unit, text: MESSAGE, priority };
}

/** The merged journals of both nodes, and the nodes that could not be asked. */
export async function readJournals(
    ssh: Ssh,
    nodes: Node[],
    since: number,
): Promise<{ lines: JournalLine[]; errors: string[] }> {
    const journals = await Promise.all(nodes.map((node) => readJournal(ssh, node, since)));
    return { lines: merge(journals.map(({ lines }) => lines)), errors: journals.flatMap(({ errors }) => errors) };
}

/** Keeps the lines from before an error. */
async function readJournal(ssh: Ssh, node: Node, since: number): Promise<{ lines: JournalLine[]; errors: string[] }> {
    const found: JournalLine[] = [];
    const errors: string[] = [];
    let more = 0;
    const lines = new Lines((line) => {
        const parsed = parseLine(node.name, line);
        if (parsed !== null && found.length < MOST_LINES) {
            found.push(parsed);
        } else if (parsed !== null) {
            more++;
        }
    });
    try {
        const { code, stderr } = await ssh.run(serverOf(node), journalCommand(since), {
            seconds: 60,
            most: MOST_BYTES,
            lines,
        });
        if (code !== 0) {
            errors.push(`${node.name}: journalctl ended with ${code}: ${lastLine(stderr)}`);
        }
    } catch (error) {
        if (!(error instanceof Unreachable)) {
            throw error;
        }
        errors.push(error.message);
    }
    if (more + lines.leftOut > 0) {
        const why = "the journal or its lines are too long, so choose a later --since";
        errors.push(`${node.name}: ${more + lines.leftOut} lines were skipped: ${why}`);
    }
    return { lines: found, errors };
}

const UNITS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/**
 * A moment (ms since the epoch) from "90s", "10m", "2h" or "1d" before `now`, or from a date and time in this machine's
 * time zone.
 *
 * @throws Problem
 */
export function parseSince(text: string, now: number): number {
    const [, count, unit = ""] = /^-?(\d+(?:\.\d+)?)(s|m|min|h|d)$/.exec(text.trim()) ?? [];
    const seconds = UNITS[unit];
    const moment =
        seconds === undefined ? Date.parse(text.trim().replace(" ", "T")) : now - Number(count) * seconds * 1000;
    if (Number.isNaN(moment)) {
        throw new Problem(
            `--since ${text}: write a duration such as 90s, 10m, 2h or 1d, or a time such as "2026-08-01 12:30"`,
        );
    }
    return moment;
}
