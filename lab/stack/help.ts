import { asksForHelp } from "../../cli/options";

/** Prints a command's help and ends the program, if its user asks for that with `--help`. */
export function helpIfAsked(usage: string): void {
    if (asksForHelp(process.argv.slice(2))) {
        console.log(usage);
        process.exit(0);
    }
}
