/** The lint stage's check of the English in comments, messages and documents. */
import * as fs from "fs";
import * as path from "path";
import { wideLinesIn } from "./markdown";
import { phrasesIn } from "./phrases";
import { piecesOf, unmarked, type Kind } from "./texts";

const KINDS: Record<string, Kind> = {
    ".ts": "typescript",
    ".mjs": "typescript",
    ".cjs": "typescript",
    ".md": "markdown",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".sh": "shell",
    ".py": "python",
    ".service": "yaml",
};
const PROGRAMS: [RegExp, Kind][] = [
    [/^#!.*\b(?:ba|da)?sh\b/, "shell"],
    [/^#!.*\bpython3\b/, "python"],
];

/** Folders and files that are not checked; the last one plants every phrase. */
export const LEFT_OUT = [".git", "node_modules", "dist", "test/unit/stages/english"];

/** The findings in a file, each as `FILE:LINE: "WORDS": WAY OUT`. */
export function findings(file: string, text: string): string[] {
    const kind = kindOf(file, text);
    if (kind === null) {
        return [];
    }
    // most files have none of the phrases, and finding the pieces takes most of the time
    const pieces = phrasesIn(unmarked(text)).length > 0 ? piecesOf(kind, text) : [];
    const phrases = pieces.flatMap(({ at, text }) =>
        phrasesIn(text).map((finding) => ({ ...finding, at: at + finding.at })),
    );
    const wide = kind === "markdown" ? wideLinesIn(text) : [];
    const line = (at: number) => text.slice(0, at).split("\n").length;
    return [...phrases, ...wide]
        .sort((a, b) => a.at - b.at)
        .map(({ at, words, wayOut }) => `${file}:${line(at)}: "${words}": ${wayOut}`);
}

function kindOf(file: string, text: string): Kind | null {
    const ending = path.extname(file);
    const program = ending === "" ? PROGRAMS.find(([pattern]) => pattern.test(text))?.[1] : undefined;
    return KINDS[ending] ?? program ?? null;
}

/**
 * The findings in these files, and in the files of these folders.
 *
 * @param root The project's folder, from which the findings name their files.
 */
export function englishOf(root: string, paths: string[]): string[] {
    return paths
        .flatMap((each) => filesOf(root, each))
        .sort()
        .flatMap((file) => findings(file, fs.readFileSync(path.join(root, file), "utf8")));
}

function filesOf(root: string, absolute: string): string[] {
    const name = path.relative(root, absolute);
    if (LEFT_OUT.includes(name) || path.basename(name) === "node_modules") {
        return [];
    }
    const found = fs.lstatSync(absolute);
    if (found.isDirectory()) {
        return fs.readdirSync(absolute).flatMap((entry) => filesOf(root, path.join(absolute, entry)));
    }
    return found.isFile() ? [name] : [];
}
