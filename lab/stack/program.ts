/** The common parts of the project's own programs: options and help, lines with the elapsed time, and their end. */
import { onInterrupt } from "../../cli/interrupt";
import { asksForHelp, HELP, noWords, type OptionTable, optionRows, parse, type Parsed } from "../../cli/options";
import { EXIT } from "../../cli/problem";
import { table } from "../../cli/terminal/table";

interface Program<T extends OptionTable> {
    /** The command that a person types, such as "npm run demo". */
    name: string;
    /** The description, in sentences. */
    about: string;
    /** What follows the name and "--", and what it does. Default: options. */
    calls?: string[][];
    options: T;
    /** Text in the help after the options. */
    more?: string;
    /** Whether it takes arguments besides options. */
    takesWords?: true;
    /** @returns the exit code. Default: 0. */
    run: (values: Parsed<T & typeof HELP>["values"], words: string[]) => Promise<number | void>;
}

/** Runs a program with the words of the command line. An error is printed as one line, and the exit code is 1. */
export function start<const T extends OptionTable>(program: Program<T>): void {
    const args = process.argv.slice(2);
    if (asksForHelp(args)) {
        console.log(usage(program));
        return;
    }
    // programs that it has started may go on, such as the daemon of a local cloud
    run(program, args).then(
        (code) => process.exit(code),
        (error: unknown) => {
            console.error(error instanceof Error ? error.message : error);
            process.exit(1);
        },
    );
}

async function run<T extends OptionTable>(program: Program<T>, args: string[]): Promise<number> {
    const { name, options, takesWords } = program;
    const { values, positionals } = parse(`${name} --`, args, { ...options, ...HELP });
    if (takesWords !== true) {
        noWords(name, positionals);
    }
    return (await program.run(values, positionals)) ?? 0;
}

function usage<T extends OptionTable>({ name, about, calls = [["[OPTION…]", ""]], options, more }: Program<T>): string {
    const rows = calls.map(([words, what]) => [`  ${name} -- ${words}`, what]);
    const parts = [about, table(rows), table(optionRows({ ...options, ...HELP }))];
    return [...parts, ...(more === undefined ? [] : [more])].join("\n\n");
}

const started = Date.now();

/** Prints a line with the seconds since the start of the program. */
export function say(line: string): void {
    console.log(`[${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

/**
 * Removes at Ctrl-C what `work` leaves behind, and ends the program. @param tidy Called once, also when `work` has
 * ended.
 */
export async function tidied<T>(work: () => Promise<T>, tidy: () => Promise<unknown>): Promise<T> {
    let tidying: Promise<unknown> | undefined;
    const once = () => (tidying ??= tidy());
    const forget = onInterrupt(() => void once().finally(() => process.exit(EXIT.interrupted)));
    try {
        return await work();
    } finally {
        await once();
        forget();
    }
}

/** @throws Error that names the mistake and the valid values. */
export function wholeNumber(option: string, text: string, least: number): number {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least) {
        throw new Error(`--${option} ${text}: write a whole number, at least ${least}`);
    }
    return value;
}
