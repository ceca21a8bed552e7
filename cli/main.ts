#!/usr/bin/env node
/** `npx failover COMMAND`: the operator's commands for a pair, run in the folder of its stack. */
import { doctor } from "./commands/doctor";
import { drill } from "./commands/drill";
import { logs } from "./commands/logs";
import { status } from "./commands/status";
import { switchover } from "./commands/switchover";
import { asksForHelp, optionRows } from "./options";
import { type Command, COMMON, EXIT_CODES, runCommand } from "./command";
import { EXIT, Problem } from "./problem";
import { table } from "./terminal/table";
import { shown } from "./wire/plain";

const COMMANDS: Record<string, Command> = { status, switchover, drill, logs, doctor };

function overview(): string {
    const commands = Object.entries(COMMANDS).map(([name, { about }]) => [`  ${name}`, about]);
    const parts = [
        "usage: failover COMMAND [OPTIONS]",
        table(commands),
        "options of every command:",
        table(optionRows(COMMON)),
        EXIT_CODES,
    ];
    return parts.join("\n\n");
}

/** @throws Problem */
export async function main([name, ...args]: string[]): Promise<number> {
    if (name === undefined || name === "--help" || name === "-h" || name === "help") {
        (name === undefined ? process.stderr : process.stdout).write(`${overview()}\n`);
        return name === undefined ? EXIT.cannotTell : EXIT.good;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
        throw new Problem(`"${name}" is not a command: choose one of ${Object.keys(COMMANDS).join(", ")}`);
    }
    if (asksForHelp(args)) {
        process.stdout.write(`${command.help()}\n`);
        return EXIT.good;
    }
    return runCommand(command, args);
}

/** What a shell starts: prints, and ends with the exit code. */
export function run(): void {
    // a reader may close the pipe early, as `head` does
    process.stdout.on("error", () => process.exit(EXIT.good));
    main(process.argv.slice(2)).then(
        (code) => (process.exitCode = code),
        (error: unknown) => {
            const known = error instanceof Problem;
            process.stderr.write(`failover: ${shown(known ? error.message : String((error as Error).stack))}\n`);
            // interrupted work may still wait for something
            process.exit(known ? error.exit : EXIT.cannotTell);
        },
    );
}

if (require.main === module) {
    run();
}
