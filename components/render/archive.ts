import { strToU8, zipSync } from "fflate";
import { moduleFiles, nodeFile, once } from "./files";

/** Python's archives: the package as the nodes get it. The same files give the same bytes on every machine. */
const PACKAGE = "failover_pair";
const SETUP = `${PACKAGE}/setup/`;
const SHEBANG = "#!/usr/bin/python3 -IS\n";
const MAIN = `import sys

from ${PACKAGE}.setup.main import main

sys.exit(main(sys.argv[1:]))
`;

/**
 * A zip has no time zone: it holds the local time, so the date is a local one. With another date, or the hour of a
 * clock change, `up` would see a change on another machine.
 */
const DATE = new Date(2020, 0, 1, 12);

const archives = new Map<string, Uint8Array>();

/** What the programs on a node import. */
export function packageArchive(): Uint8Array {
    return once(archives, "package", () => zip(modules((path) => !path.startsWith(SETUP))));
}

/** node-setup, which is sent before the package: a program by itself. */
export function setupProgram(): Uint8Array {
    return once(archives, "setup", () => {
        const own = (path: string) => path.startsWith(SETUP) || path === `${PACKAGE}/__init__.py`;
        return Buffer.concat([strToU8(SHEBANG), zip({ ...modules(own), "__main__.py": MAIN })]);
    });
}

function modules(wanted: (path: string) => boolean): Record<string, string> {
    const paths = moduleFiles(PACKAGE).filter(wanted);
    return Object.fromEntries(paths.map((path) => [path, nodeFile(path)]));
}

function zip(files: Record<string, string>): Uint8Array {
    const entries = Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1));
    const data = Object.fromEntries(entries.map(([path, text]) => [path, strToU8(text)]));
    return zipSync(data, { level: 9, mtime: DATE });
}
