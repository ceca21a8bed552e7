import * as fs from "fs";
import * as path from "path";

/** Copies in place of a checkout's links to this repository, so that its user can change what is sent to the nodes. */
export function ownSources(dir: string): void {
    for (const folder of ["components", "scripts"]) {
        const link = path.join(dir, folder);
        const target = fs.realpathSync(link);
        fs.unlinkSync(link);
        fs.cpSync(target, link, { recursive: true });
    }
    const file = path.join(dir, "tsconfig.json");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(`"strict"`, `"rootDir": ".", "strict"`));
}

/**
 * Changes a file of a checkout as its user would.
 *
 * @throws Error unless `from` is in the file exactly once.
 */
export function edit(dir: string, file: string, from: string, to: string): void {
    const target = path.join(dir, file);
    const text = fs.readFileSync(target, "utf8");
    const times = text.split(from).length - 1;
    if (times !== 1) {
        throw new Error(`${file} holds ${times} times, and not once: ${from}`);
    }
    fs.writeFileSync(
        target,
        text.replace(from, () => to),
    );
}
