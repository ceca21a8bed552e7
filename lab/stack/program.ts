/** What the project's own programs have in common: their options and help, their words with a stopwatch, and how they end. */
import { onInterrupt } from "../../cli/interrupt";
import { asksForHelp, HELP, noWords, type OptionTable, optionRows, parse, type Parsed } from "../../cli/options";
import { EXIT } from "../../cli/problem";
import { table } from "../../cli/terminal/table";

interface Program<T extends OptionTable> {
    /** As a person calls it, such as "npm run demo". */
    name: string;
    /** Sentences. */
    about: string;
    /** What follows the name and "--", and what it does; default: options. */
    calls?: string[][];
    options: T;
    /** In the help, after the options. */
    more?: string;
    /** Whether it takes words besides options. */
    takesWords?: true;
    /** @returns the exit code; 0 if none. */
    run: (values: Parsed<T & typeof HELP>["values"], words: string[]) => Promise<number | void>;
}

/** Runs a program with the words of the command line; an error is one line, and exit code 1. */
export function start<const T extends OptionTable>(program: Program<T>): void {
    const args = process.argv.slice(2);
    if (asksForHelp(args)) {
        console.log(usage(program));
        return;
    }
    // what it has started may live on, such as the daemon of a local cloud
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

/** A line on stdout, after the seconds since the program began. */
export function say(line: string): void {
    console.log(`[${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s] ${line}`);
}

/** At Ctrl-C what `work` leaves is removed, and the program ends. @param tidy Called once, also when `work` has ended. */
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

/** @throws Error that names what is wrong, and what is right. */
export function wholeNumber(option: string, text: string, least: number): number {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value) || value < least) {
        throw new Error(`--${option} ${text}: write a whole number, at least ${least}`);
    }
    return value;
}
