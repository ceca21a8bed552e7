/** The only place that builds commands for a remote shell. Every value in them is quoted. */
import { shellQuote } from "../../components/render/shellQuote";
import { Problem } from "../problem";

declare const written: unique symbol;

/** A command whose values are quoted. Only `sh` and `command` create it, so no raw text gets into a shell. */
export type ShellCommand = string & { readonly [written]: "quoted" };

/** A program and its arguments. */
export function command(...words: string[]): ShellCommand {
    return words.map(quoted).join(" ") as ShellCommand;
}

/** Shell text of this program. Each inserted value is a quoted word or a quoted command. */
export function sh(parts: TemplateStringsArray, ...values: (Word | ShellCommand)[]): ShellCommand {
    const filled = values.map((value) => (typeof value === "string" ? value : quoted(value.word)));
    return parts.map((part, index) => part + (filled[index] ?? "")).join("") as ShellCommand;
}

/** A value that `sh` quotes. */
export interface Word {
    readonly word: string;
}

export const word = (value: string): Word => ({ word: value });

function quoted(value: string): string {
    if (value.includes("\0")) {
        throw new Problem(`${JSON.stringify(value)} contains a NUL, which no command can have: remove it`);
    }
    return /^[\w@%+:,./-][\w@%+=:,./-]*$/.test(value) ? value : shellQuote(value);
}
