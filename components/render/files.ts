import { readdirSync, readFileSync } from "fs";
import { join } from "path";

// next to components/, both in the repository and in the published package (under dist/)
const FOLDER = join(__dirname, "..", "..", "scripts");
const read = new Map<string, string>();

/** A file of scripts/ as it is sent to the servers. It is read once per program. */
export function nodeFile(name: string): string {
    return once(read, name, () => unixLines(readFileSync(join(FOLDER, name), "utf8")));
}

/** The known value of this name, or the one that `make` returns, which is known from then on. */
export function once<T>(known: Map<string, T>, name: string, make: () => T): T {
    const value = known.get(name) ?? make();
    known.set(name, value);
    return value;
}

/** The paths of a Python package's modules, in any order. */
export function moduleFiles(name: string): string[] {
    const found = readdirSync(join(FOLDER, name), { recursive: true, encoding: "utf8" });
    const modules = found.filter((path) => path.endsWith(".py")).map((path) => path.replaceAll("\\", "/"));
    return modules.map((path) => `${name}/${path}`);
}

/** Git and editors on Windows write CR LF, with which Linux finds neither interpreters nor commands. */
export function unixLines(text: string): string {
    return text.replace(/\r\n/g, "\n");
}
