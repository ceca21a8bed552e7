import { readdirSync, readFileSync } from "fs";
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

/** The paths of a Python package's modules, in one order on every machine. */
export function moduleFiles(name: string): string[] {
    const found = readdirSync(join(FOLDER, name), { recursive: true, encoding: "utf8" });
    const modules = found.filter((path) => path.endsWith(".py")).map((path) => path.replaceAll("\\", "/"));
    return modules.map((path) => `${name}/${path}`).sort();
}

/** Git and editors on Windows write CR LF, with which Linux finds neither interpreters nor commands. */
export function unixLines(text: string): string {
    return text.replace(/\r\n/g, "\n");
}
