import type { Finding } from "./phrases";

const WIDEST = 120;
/** What a line may begin with before its words: an indent, a quotation, the marks of lists. */
const MARKS = /^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?/;
/** A link, or a word: a line that is only one of them cannot be broken. */
const UNBREAKABLE = /!?\[[^\]]*\](?:\([^)]*\)|:\s*\S+)\S*|\S+/g;

/** Markdown with each character of its code replaced, so that what is left is prose at its old place. */
export function proseOf(markdown: string): string {
    const blank = (code: string) => code.replace(/[^\n]/g, "_");
    return markdown
        .replace(/^([ \t>]*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t>]*\2[ \t]*$|$(?![\s\S]))/gm, blank)
        .replace(/(`+)(?!`)[^`]+?\1(?!`)/g, blank);
}

/** Lines of prose that are too wide and can be broken. Tables and code cannot. */
export function wideLinesIn(markdown: string): Finding[] {
    let at = 0;
    const found: Finding[] = [];
    const code = markdown.split("\n");
    for (const [number, line] of proseOf(markdown).split("\n").entries()) {
        const words = line.replace(MARKS, "");
        const isCode = /^_+$/.test(words) && !code[number].includes("`");
        const isTable = words.startsWith("|");
        if (line.length > WIDEST && !isCode && !isTable && (words.match(UNBREAKABLE) ?? []).length > 1) {
            found.push({
                at,
                words: `a line of ${line.length} characters`,
                wayOut: `break the line at ${WIDEST} characters or before`,
            });
        }
        at += line.length + 1;
    }
    return found;
}
