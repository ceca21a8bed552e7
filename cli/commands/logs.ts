import { once } from "events";
import { defineCommand } from "../command";
import type { Context } from "../context";
import { onInterrupt } from "../interrupt";
import { type JournalLine, parseLine, parseSince, journalCommand, readJournals } from "../pair/journal";
import { serverOf } from "../pair/report";
import { EXIT } from "../problem";
import type { Style } from "../terminal/style";
import { when } from "../terminal/when";
import { collectEnd, collectLines, Lines } from "../wire/intake";
import { lastLine } from "../wire/plain";

/** How long a line waits for older lines of the other node, ms. */
const PATIENCE = 400;
/** How many lines may wait. */
const MOST_WAITING = 10_000;

export const logs = defineCommand({
    name: "logs",
    about: "prints the journals of keepalived and alias-switch of both nodes, merged by time",
    usage: "[--since WHEN] [--follow]",
    options: {
        since: {
            type: "string",
            default: "1h",
            value: "WHEN",
            about: 'a duration such as 10m, 2h or 1d, or a time such as "2026-08-01 12:30"; default: 1h',
        },
        follow: { type: "boolean", short: "f", about: "keep printing new lines" },
    },
    prepare: (values) => {
        const since = parseSince(values.since, Date.now());
        return (context) => (values.follow ? follow(context, since) : printAll(context, since));
    },
});

async function printAll(context: Context, since: number): Promise<number> {
    const { lines, errors } = await readJournals(context.ssh, context.nodes, since);
    lines.forEach((line) => context.print(show(line, context)));
    errors.forEach((error) => context.say(error));
    return errors.length === 0 ? EXIT.good : EXIT.warning;
}

/** Runs until the connections to both nodes have ended, or Ctrl-C. */
async function follow(context: Context, since: number): Promise<number> {
    const { ssh, nodes, print, say } = context;
    const waiting: { line: JournalLine; came: number }[] = [];
    const flush = (patience: number) => {
        waiting.sort((a, b) => a.line.at - b.line.at);
        const last = waiting.findLastIndex(({ came }) => Date.now() - came >= patience);
        waiting.splice(0, last + 1).forEach(({ line }) => print(show(line, context)));
    };
    const timer = setInterval(() => flush(PATIENCE), PATIENCE / 4);
    const forget = onInterrupt(() => {
        flush(0);
        ssh.close();
        process.exit(EXIT.interrupted);
    });
    await Promise.all(
        nodes.map(async (node) => {
            const child = ssh.start(serverOf(node), journalCommand(since, true));
            const closed = once(child, "close");
            child.stdin!.end();
            const said = collectEnd(child.stderr!);
            const lines = new Lines((text) => {
                const line = parseLine(node.name, text);
                if (line !== null) {
                    waiting.push({ line, came: Date.now() });
                }
                // a node that prints faster than the terminal has to wait
                if (waiting.length > MOST_WAITING) {
                    flush(0);
                }
            });
            collectLines(child.stdout!, lines, Infinity, () => undefined);
            child.stdout!.on("data", () => {
                if (process.stdout.writableNeedDrain) {
                    child.stdout!.pause();
                    process.stdout.once("drain", () => child.stdout!.resume());
                }
            });
            await closed;
            say(`the connection to ${node.name} ended: ${lastLine(said())}`);
        }),
    );
    forget();
    clearInterval(timer);
    flush(0);
    return EXIT.warning;
}

function show(line: JournalLine, { json, style }: Context): string {
    if (json) {
        return JSON.stringify({ ...line, at: new Date(line.at).toISOString() });
    }
    const { at, node, unit, text, priority } = line;
    return `${style.dim(when(at, true))} ${style.strong(node)} ${unit}: ${loud(style, priority)(text)}`;
}

function loud(style: Style, priority: number): (text: string) => string {
    return priority <= 3 ? style.critical : priority === 4 ? style.warning : (text) => text;
}
