/** Parses the command line of `npm test`. */
import * as fs from "fs";
import * as path from "path";

export interface Offer {
    name: string;
    /**
     * The folder, beside the project's own, in which a path of the command line is looked up; null: the stage takes no
     * paths.
     */
    folder: string | null;
}

export interface Request {
    stages: string[];
    /** Absolute paths. Empty for the whole stage. */
    paths: string[];
    /** Also the end-to-end tests whose turn it is not. */
    every: boolean;
}

const EVERY = "--every";

/**
 * Reads `[--every] STAGE… ` or `STAGE PATH…`.
 *
 * @param root The project's folder.
 * @throws Error that names what is wrong and what can be asked for.
 */
export function readWords(given: string[], offers: Offer[], root: string): Request {
    const every = given.includes(EVERY);
    const words = given.filter((word) => word !== EVERY);
    const names = offers.map(({ name }) => name);
    const stages = words.filter((word) => names.includes(word));
    const rest = words.filter((word) => !names.includes(word));
    if (rest.length === 0) {
        return { stages: stages.length === 0 ? names : stages, paths: [], every };
    }
    const [offer] = offers.filter(({ name }) => name === stages[0]);
    if (stages.length !== 1 || offer.folder === null) {
        const able = offers.filter(({ folder }) => folder !== null).map(({ name }) => name);
        throw new Error(
            `"${rest[0]}" is not a stage. Stages: ${names.join(", ")}. A file or folder needs one stage before it: ${able.join(", ")}`,
        );
    }
    return { stages, paths: rest.map((word) => findPath(word, root, offer.folder!)), every };
}

function findPath(word: string, root: string, folder: string): string {
    const tried = [path.resolve(root, folder, word), path.resolve(root, word)];
    const found = tried.find((each) => fs.existsSync(each));
    if (found === undefined) {
        throw new Error(`there is no file or folder ${word}, neither in ${folder} nor in the project`);
    }
    return found;
}

/** The test files at these paths, in the order in which they run. @throws Error for a path without any. */
export function testFiles(paths: string[], ending = ".test.ts"): string[] {
    const found = paths.flatMap((each) => {
        const files = fs.statSync(each).isDirectory()
            ? fs.readdirSync(each, { recursive: true, encoding: "utf8" }).map((file) => path.join(each, file))
            : [each];
        const tests = files.filter((file) => file.endsWith(ending)).sort();
        if (tests.length === 0) {
            throw new Error(`${each} has no test: a test file's name ends with ${ending}`);
        }
        return tests;
    });
    return [...new Set(found)];
}
