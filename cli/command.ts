/** What all sub-commands of `failover` have in common: options, the pair and its servers, and the way out. */
import { contextOf, type Context } from "./context";
import { onInterrupt } from "./interrupt";
import { HELP, noWords, type OptionTable, optionRows, parse, type Parsed } from "./options";
import { EXIT } from "./problem";
import { table } from "./terminal/table";

/** Does the work, and returns the exit code. */
export type Work = (context: Context) => Promise<number>;

interface Definition<T extends OptionTable> {
    name: string;
    about: string;
    /** What follows the command's name. */
    usage: string;
    options: T;
    /** In the help, after the options. */
    more?: string;
    /** Whether it takes words besides options. */
    takesWords?: true;
    /** Checks what was given, before the stack or a node is asked. @throws Problem */
    prepare: (values: Parsed<T & typeof COMMON>["values"], words: string[]) => Work;
}

export interface Command {
    name: string;
    about: string;
    help(): string;
    /** @throws Problem, before anything is asked. */
    read(args: string[]): { common: CommonValues; work: Work };
}

export const COMMON = {
    stack: {
        type: "string",
        value: "NAME",
        about: "the Pulumi stack, in the current folder; default: the selected one",
    },
    outputs: {
        type: "string",
        value: "FILE",
        about: "instead: what `pulumi stack output --json` printed; - is stdin",
    },
    pair: { type: "string", value: "OUTPUT", about: "the output that has the pair, if the stack has several" },
    identity: { type: "string", short: "i", value: "FILE", about: "the private SSH key; default: what ssh finds" },
    "ssh-option": {
        type: "string",
        short: "o",
        multiple: true,
        value: "NAME=VALUE",
        about: "an option for ssh, such as ProxyJump=bastion; may be repeated",
    },
    json: { type: "boolean", about: "print JSON" },
    ...HELP,
} as const satisfies OptionTable;

export type CommonValues = Parsed<typeof COMMON>["values"];

export const EXIT_CODES =
    "exit codes: 0 good; 1 warning, refused or failed; 2 critical; 3 wrong usage, or it could not be told";

export function defineCommand<const T extends OptionTable>(definition: Definition<T>): Command {
    const { name, about, usage, options, more, takesWords, prepare } = definition;
    const all = { ...options, ...COMMON };
    return {
        name,
        about,
        help: () =>
            [
                `usage: failover ${[name, usage, "[OPTIONS]"].filter((word) => word !== "").join(" ")}`,
                about,
                table(optionRows(all)),
                ...(more === undefined ? [] : [more]),
                EXIT_CODES,
            ].join("\n\n"),
        read: (args) => {
            const { values, positionals } = parse(`failover ${name}`, args, all);
            if (takesWords !== true) {
                noWords(`failover ${name}`, positionals);
            }
            return { common: values, work: prepare(values, positionals) };
        },
    };
}

/** @param contextFor Finds the pair and its servers. */
export async function runCommand(command: Command, args: string[], contextFor = contextOf): Promise<number> {
    const { common, work } = command.read(args);
    const context = await contextFor(common);
    const forget = onInterrupt(() => {
        context.ssh.close();
        process.exit(EXIT.interrupted);
    });
    try {
        return await work(context);
    } finally {
        forget();
        context.ssh.close();
    }
}
