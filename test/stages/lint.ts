/**
 * ESLint on those files only that may have other findings than in the last run. Rules on types read other files too, so
 * what counts is a file with all that it imports, at any depth.
 */
import { createHash } from "crypto";
import * as fs from "fs";
import * as path from "path";
import { preProcessFile } from "typescript";

/** What is in every file's key: the linter and its packages, the rules, and the compiler's options. */
const COMMON = [
    "package-lock.json",
    "eslint.config.mjs",
    "eslint.boundaries.mjs",
    "tsconfig.json",
    "tsconfig.build.json",
];
/** The one import by a package's name that leads into the project: `paths` of tsconfig.json. */
const OWN_NAME: Record<string, string> = { "failover-pair": "components/index.ts" };
const CODE = /\.[cm]?[jt]sx?$/;
const OTHERS = new Set(["node_modules", "dist", ".git"]);

interface Source {
    hash: string;
    /** Files of the project. */
    imports: string[];
    /** Its declarations are seen by files that do not import it. */
    isGlobal: boolean;
}

const hashOf = (...texts: string[]) => createHash("sha256").update(texts.join("\0")).digest("hex");

/** Every file that ESLint may look at, from the root; it leaves some out itself. */
function codeFiles(root: string, folder = ""): string[] {
    return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
        const place = path.join(folder, entry.name);
        if (entry.isDirectory()) {
            return OTHERS.has(entry.name) ? [] : codeFiles(root, place);
        }
        return CODE.test(entry.name) ? [place] : [];
    });
}

/** A file that TypeScript, Node.js or the rule on boundaries may take for the import. */
function candidates(file: string, specifier: string): string[] {
    if (!specifier.startsWith(".")) {
        return specifier in OWN_NAME ? [OWN_NAME[specifier]] : [];
    }
    const named = path.join(path.dirname(file), specifier);
    return [named, `${named}.ts`, `${named}.d.ts`, path.join(named, "index.ts"), named.replace(/\.js$/, ".ts")];
}

function kindOf(place: string): "file" | "folder" | null {
    try {
        return fs.statSync(place).isFile() ? "file" : "folder";
    } catch {
        // there is none, or it would be below a file
        return null;
    }
}

function sourceOf(root: string, file: string): Source {
    const text = fs.readFileSync(path.join(root, file), "utf8");
    const { importedFiles, referencedFiles } = preProcessFile(text, true, true);
    const named = [...importedFiles, ...referencedFiles.map(({ fileName }) => ({ fileName: `./${fileName}` }))];
    const found = [...new Set(named.flatMap(({ fileName }) => candidates(file, fileName)))];
    const is = (each: string) => kindOf(path.join(root, each));
    // prettier leaves an import and an export at the beginning of its line
    const isModule = /^(import|export)\b/m.test(text);
    return {
        // a folder of that name counts for the rule on boundaries
        hash: hashOf(text, ...found.filter((each) => is(each) === "folder")),
        imports: found.filter((each) => is(each) === "file"),
        isGlobal: /\.[cm]?tsx?$/.test(file) && (!isModule || /\bdeclare\s+(global|module)\b/.test(text)),
    };
}

/** By file: what its findings follow from. */
export function lintKeys(root: string): Map<string, string> {
    const sources = new Map(codeFiles(root).map((file) => [file, sourceOf(root, file)]));
    const read = (file: string) => {
        const known = sources.get(file) ?? sourceOf(root, file);
        sources.set(file, known);
        return known;
    };
    const withImports = (file: string) => {
        const reached = new Set([file]);
        // a set hands out what is added to it meanwhile
        for (const each of reached) {
            read(each).imports.forEach((imported) => reached.add(imported));
        }
        return hashOf(file, ...[...reached].sort().map((each) => `${each} ${read(each).hash}`));
    };
    const files = [...sources.keys()];
    const globals = files.filter((file) => read(file).isGlobal).map(withImports);
    const common = COMMON.map((file) => fs.readFileSync(path.join(root, file), "utf8"));
    const shared = hashOf(process.version, ...common, ...globals.sort());
    return new Map(files.map((file) => [file, hashOf(shared, withImports(file))]));
}

function remembered(cache: string): Record<string, string> {
    try {
        return JSON.parse(fs.readFileSync(cache, "utf8")) as Record<string, string>;
    } catch {
        return {};
    }
}

/**
 * Lints what is not known to have no findings; only files without findings are remembered.
 *
 * @param cache The file that remembers them.
 * @param eslint Whether these files have no findings.
 */
export async function lintChanged(
    root: string,
    cache: string,
    eslint: (files: string[]) => Promise<boolean>,
): Promise<boolean> {
    const keys = lintKeys(root);
    const clean = remembered(cache);
    const changed = [...keys].filter(([file, key]) => clean[file] !== key).map(([file]) => file);
    if (changed.length === 0) {
        console.log(`no change since the last run had no findings: ${keys.size} files`);
        return true;
    }
    if (!(await eslint(changed))) {
        return false;
    }
    fs.mkdirSync(path.dirname(cache), { recursive: true });
    fs.writeFileSync(cache, JSON.stringify(Object.fromEntries(keys)));
    return true;
}
