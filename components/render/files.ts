import { readFileSync } from "fs";
import { join } from "path";

// beside components/ both here and in the published package, where both are under dist/
const FOLDER = join(__dirname, "..", "..", "scripts");
const read = new Map<string, string>();

/** A file of scripts/, as it goes to the servers. Read once, however many pairs a program has. */
export function nodeFile(name: string): string {
    const known = read.get(name);
    if (known !== undefined) {
        return known;
    }
    const content = unixLines(readFileSync(join(FOLDER, name), "utf8"));
    read.set(name, content);
    return content;
}

/** Git and editors on Windows write CR LF, with which Linux finds no interpreter and sh no command. */
export function unixLines(text: string): string {
    return text.replace(/\r\n/g, "\n");
}
