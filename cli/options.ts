/** Options of a program. One table defines how each is parsed and what --help prints. */
import { parseArgs } from "util";
import { Problem } from "./problem";

interface Flag {
    type: "boolean";
    short?: string;
    about: string;
}

interface Valued {
    type: "string";
    short?: string;
    multiple?: boolean;
    default?: string;
    /** The placeholder of the value in the help, such as FILE. */
    value: string;
    about: string;
}

export type OptionTable = Record<string, Flag | Valued>;

export const HELP = { help: { type: "boolean", short: "h", about: "print this" } } as const satisfies OptionTable;

export type Parsed<T extends OptionTable> = ReturnType<
    typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>
>;

/**
 * @param program The program's name for messages, such as "failover status".
 * @throws Problem that names the unknown option or argument
 */
export function parse<T extends OptionTable>(program: string, args: string[], table: T): Parsed<T> {
    try {
        return parseArgs({ args, options: table, allowPositionals: true, strict: true });
    } catch (error) {
        // without the second sentence, which explains how to escape a dash
        const [said] = (error as Error).message.split(". ");
        throw new Problem(`${said}; "${program} --help" lists the options`);
    }
}

/** @throws Problem for an argument that is not an option */
export function noWords(program: string, words: string[]): void {
    if (words.length > 0) {
        throw new Problem(`${program}: unexpected argument "${words.join(" ")}"`);
    }
}

export function asksForHelp(args: string[]): boolean {
    const end = args.indexOf("--");
    return args.slice(0, end < 0 ? args.length : end).some((word) => word === "--help" || word === "-h");
}

/** The rows of the help's table: the option and what it does. */
export function optionRows(table: OptionTable): string[][] {
    return Object.entries(table).map(([name, option]) => {
        const short = option.short === undefined ? "" : `-${option.short}, `;
        const value = option.type === "string" ? ` ${option.value}` : "";
        return [`  ${short}--${name}${value}`, option.about];
    });
}
