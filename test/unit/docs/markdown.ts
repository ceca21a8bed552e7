import * as fs from "fs";
import * as path from "path";

export const ROOT = path.resolve(__dirname, "../../..");

/** Folders with text of other projects. */
const OTHERS = new Set(["node_modules", "dist", ".git"]);

export interface Page {
    /** The path from the project's folder. */
    file: string;
    text: string;
}

export interface Block {
    file: string;
    language: string;
    text: string;
    /** The number of its first line, from 1. */
    line: number;
}

/** Every Markdown file of the project. */
export function pages(folder = ROOT): Page[] {
    return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const place = path.join(folder, entry.name);
        if (entry.isDirectory()) {
            return OTHERS.has(entry.name) ? [] : pages(place);
        }
        return entry.name.endsWith(".md")
            ? [{ file: path.relative(ROOT, place), text: fs.readFileSync(place, "utf8") }]
            : [];
    });
}

/** The fenced blocks. Those in a list are returned without their indent. */
export function blocks({ file, text }: Page): Block[] {
    return [...text.matchAll(/^( *)```(\w*)\n([^]*?)^ *```$/gm)].map((match) => {
        const [, indent, language, inside] = match;
        const line = text.slice(0, match.index).split("\n").length + 1;
        return { file, language, text: inside.replaceAll(new RegExp(`^${indent}`, "gm"), ""), line };
    });
}

export function withoutBlocks(text: string): string {
    return text.replace(/^ *```[^]*?^ *```$/gm, "");
}

/** The links of a text to files of the project, as they are written. */
export function localLinks(text: string): string[] {
    const prose = withoutBlocks(text).replace(/`[^`\n]*`/g, "");
    const all = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
    return all.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub gives a page's headings. */
export function anchors(text: string): Set<string> {
    const seen = new Map<string, number>();
    const names = [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
        const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
        const slug = words
            .toLowerCase()
            .replace(/[^\p{L}\p{N}\p{Pc} -]/gu, "")
            .replaceAll(" ", "-");
        const before = seen.get(slug) ?? 0;
        seen.set(slug, before + 1);
        return before === 0 ? slug : `${slug}-${before}`;
    });
    return new Set(names);
}
