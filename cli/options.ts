import { parseArgs, type ParseArgsConfig } from "util";
import { Problem } from "./problem";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** One line of the help: how the option is written, and what it does. */
export type Help = [string, string][];

export const COMMON = {
    stack: { type: "string" },
    outputs: { type: "string" },
    pair: { type: "string" },
    identity: { type: "string", short: "i" },
    "ssh-option": { type: "string", short: "o", multiple: true },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
} as const satisfies Options;

export const COMMON_HELP: Help = [
    ["--stack NAME", "the Pulumi stack, in the current folder; default: the selected one"],
    ["--outputs FILE", "instead: what `pulumi stack output --json` printed; - is stdin"],
    ["--pair OUTPUT", "the output that has the pair, if the stack has several"],
    ["-i, --identity FILE", "the private SSH key; default: what ssh finds"],
    ["-o, --ssh-option NAME=VALUE", "an option for ssh, such as ProxyJump=bastion; may be repeated"],
    ["--json", "print JSON"],
    ["-h, --help", ""],
];

type Parsed<T extends Options> = ReturnType<
    typeof parseArgs<{ options: typeof COMMON & T; allowPositionals: true; strict: true }>
>;

/** The common options and a command's own. @throws Problem that names what is not understood. */
export function parse<T extends Options>(command: string, args: string[], own: T): Parsed<T> {
    try {
        return parseArgs({ args, options: { ...COMMON, ...own }, allowPositionals: true, strict: true });
    } catch (error) {
        // the second sentence is about how to escape a dash
        const [said] = (error as Error).message.split(". ");
        throw new Problem(`${said}; "failover ${command} --help" lists the options`);
    }
}

/** @throws Problem if there is a word too many. */
export function noWords(command: string, words: string[]): void {
    if (words.length > 0) {
        throw new Problem(`failover ${command}: "${words.join(" ")}" is too much; it takes options only`);
    }
}
