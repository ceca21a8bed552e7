import { readFileSync } from "fs";
import { join } from "path";

// next to components/, both in the repository and in the published package (under dist/)
const FOLDER = join(__dirname, "..", "..", "scripts");
const read = new Map<string, string>();

/** A file of scripts/ as it is sent to the servers. It is read once per program. */
export function nodeFile(name: string): string {
    const known = read.get(name);
    if (known !== undefined) {
        return known;
    }
    const content = unixLines(readFileSync(join(FOLDER, name), "utf8"));
    read.set(name, content);
    return content;
}

/** Git and editors on Windows write CR LF, with which Linux finds neither interpreters nor commands. */
export function unixLines(text: string): string {
    return text.replace(/\r\n/g, "\n");
}
