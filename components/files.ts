import { readFileSync } from "fs";
import { join } from "path";

// beside components/ both here and in the published package, where both are under dist/
const FOLDER = join(__dirname, "..", "scripts", "node");
const read = new Map<string, string>();

/** A file of scripts/node/, which goes to the servers unchanged. Read once, however many pairs a program has. */
export function nodeFile(name: string): string {
    const known = read.get(name);
    if (known !== undefined) {
        return known;
    }
    const content = readFileSync(join(FOLDER, name), "utf8");
    read.set(name, content);
    return content;
}
