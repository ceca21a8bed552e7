import * as readline from "readline/promises";
import { Problem } from "../problem";
import { shown } from "../wire/plain";

/** Asks a person, who has to type "yes". @throws Problem if there is none, or the answer is another one. */
export async function confirm(question: string): Promise<void> {
    if (!process.stdin.isTTY) {
        throw new Problem(`${question}\nThere is no terminal to confirm it on: --yes says that you mean it`);
    }
    const terminal = readline.createInterface({ input: process.stdin, output: process.stderr });
    try {
        if ((await terminal.question(`${shown(question)}\nType yes to go on: `)).trim() !== "yes") {
            throw new Problem("nothing was done");
        }
    } finally {
        terminal.close();
    }
}
