/** Prints what a command can do and ends, if its user asks for that with `--help`. */
export function helpIfAsked(usage: string): void {
    if (process.argv.slice(2).includes("--help")) {
        console.log(usage);
        process.exit(0);
    }
}
