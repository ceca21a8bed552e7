import * as readline from "readline/promises";
import { Problem } from "../problem";
import { shown } from "../wire/plain";

/** Asks the operator to type "yes". @throws Problem if there is no terminal, or for another answer */
export async function confirm(question: string): Promise<void> {
    if (!process.stdin.isTTY) {
        throw new Problem(`${question}\nThere is no terminal to confirm this: add --yes to go on without confirmation`);
    }
    const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
    try {
        if ((await terminal.question(`${shown(question)}\nType yes to continue: `)).trim() !== "yes") {
            throw new Problem("not confirmed, so nothing was done");
        }
    } finally {
        terminal.close();
    }
}
