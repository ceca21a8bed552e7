/** What all sub-commands of `failover` share: options, the pair and its servers, exit codes. */
import { contextOf, type Context } from "./context";
import { onInterrupt } from "./interrupt";
import { HELP, noWords, type OptionTable, optionRows, parse, type Parsed } from "./options";
import { EXIT } from "./problem";
import { table } from "./terminal/table";

/** Does the work. @returns the exit code */
export type Work = (context: Context) => Promise<number>;

interface Definition<T extends OptionTable> {
    name: string;
    about: string;
    /** The arguments in the usage line. */
    usage: string;
    options: T;
    /** Text of the help after the options. */
    more?: string;
    /** Whether the command accepts arguments besides options. */
    takesWords?: true;
    /** Checks the arguments before the stack or a node is asked. @throws Problem */
    prepare: (values: Parsed<T & typeof COMMON>["values"], words: string[]) => Work;
}

export interface Command {
    name: string;
    about: string;
    help(): string;
    /** @throws Problem before the stack or a node is asked */
    read(args: string[]): { common: CommonValues; work: Work };
}

export const COMMON = {
    stack: {
        type: "string",
        value: "NAME",
        about: "the Pulumi stack of the current folder; default: the selected stack",
    },
    outputs: {
        type: "string",
        value: "FILE",
        about: "instead of a stack: the output of `pulumi stack output --json`; - is stdin",
    },
    pair: { type: "string", value: "OUTPUT", about: "the stack's output with the pair, if it has several pairs" },
    identity: {
        type: "string",
        short: "i",
        value: "FILE",
        about: "the private SSH key; default: the keys that ssh finds",
    },
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
    "exit codes: 0 OK; 1 warning, refused or failed; 2 critical; 3 usage error, or the state is unknown";

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
