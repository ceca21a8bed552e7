import { type Block, blocks, pages, withoutBlocks } from "./markdown";

export interface CommandLine {
    /** The page and the line, for a message. */
    at: string;
    words: string[];
}

const COMMENT = /(^|\s)#\s.*$/;
/** The parts of a command that the shell handles. */
const REDIRECTION = /\s\d?[<>]\s*\S+/g;

/** The commands in the shell blocks, each by itself: those of a pipe, of a list and of a $(…). */
export function commandLines(): CommandLine[] {
    return pages()
        .flatMap(blocks)
        .filter(({ language }) => ["sh", "bash"].includes(language))
        .flatMap(linesOf);
}

/** The commands in a sentence, such as `npm run demo`. Each begins with one of these programs. */
export function namedCommands(programs: string[]): CommandLine[] {
    return pages().flatMap(({ file, text }) =>
        [...withoutMessages(withoutBlocks(text)).matchAll(/`([^`]+)`/g)]
            .map(([, span]) => span.replace(/\s+/g, " "))
            .filter((span) => programs.includes(span.split(" ")[0]) && span.includes(" "))
            .flatMap((span) => commandsIn(span).map((words) => ({ at: `${file}: ${span}`, words }))),
    );
}

/** The first column of docs/troubleshooting.md quotes messages of programs, such as `pulumi cannot be started`. */
const withoutMessages = (text: string) =>
    text.startsWith("# Troubleshooting\n") ? text.replace(/^\| `[^|]*\|/gm, "|") : text;

function linesOf({ file, text, line }: Block): CommandLine[] {
    return text
        .replaceAll("\\\n", " \n")
        .split("\n")
        .flatMap((each, index) =>
            commandsIn(each.replace(COMMENT, "")).map((words) => ({ at: `${file}:${line + index}`, words })),
        );
}

function commandsIn(line: string): string[][] {
    const inner = [...line.matchAll(/\$\(([^)]*)\)/g)].flatMap(([, command]) => commandsIn(command));
    const outer = line
        .replace(/\$\([^)]*\)/g, "SUBSTITUTED")
        .replace(REDIRECTION, "")
        .split(/&&|\|\||\||;/)
        .map(wordsOf)
        .filter((words) => words.length > 0);
    return [...outer, ...inner];
}

function wordsOf(text: string): string[] {
    const words = [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c);
    // settings of the environment before the program
    return words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word)));
}
