/** The text in a file that a person reads: its comments, and the strings of a program. */
import * as ts from "typescript";
import { proseOf } from "./markdown";

/** A piece of a file's text. Each character stands as far from the piece's start as in the file. */
export interface Piece {
    at: number;
    text: string;
}

export type Kind = "typescript" | "markdown" | "yaml" | "shell" | "python";

/** Blanks the marks at the start of a comment's lines, so that a sentence goes on in the next line. */
export const unmarked = (comment: string) =>
    comment.replace(/^[ \t]*(?:\/\*\*?|\*\/?|\/\/+|#+)/gm, (marks) => " ".repeat(marks.length));

const PIECES: Record<Kind, (text: string) => Piece[]> = {
    typescript: (text) => {
        const all = tokens(text);
        return [...comments(text, all), ...strings(text, all)];
    },
    markdown: (text) => [{ at: 0, text: proseOf(text) }],
    // descriptions and messages are values, so all of the text is checked
    yaml: (text) => [{ at: 0, text: unmarked(text) }],
    python: (text) => matches(text, /(?:^[ \t]*#[^\n]*\n?)+|[ \t]#[^\n]*|"""[^]*?"""|"(?:\\[^]|[^"\\\n])*"/gm),
    shell: (text) => matches(text, /(?:^[ \t]*#[^\n]*\n?)+|[ \t]#[^\n]*|"(?:\\[\s\S]|[^"\\])*"|'[^']*'/gm),
};

export const piecesOf = (kind: Kind, text: string): Piece[] => PIECES[kind](text);

function matches(text: string, pattern: RegExp): Piece[] {
    return [...text.matchAll(pattern)].map((match) => ({ at: match.index, text: unmarked(match[0]) }));
}

const LITERALS = [
    ts.SyntaxKind.StringLiteral,
    ts.SyntaxKind.NoSubstitutionTemplateLiteral,
    ts.SyntaxKind.TemplateHead,
    ts.SyntaxKind.TemplateMiddle,
    ts.SyntaxKind.TemplateTail,
];

/** String literals with more than one word: a single word is a name or a value, such as a user's name. */
function strings(text: string, all: Token[]): Piece[] {
    return all
        .filter(({ kind }) => LITERALS.includes(kind))
        .map(({ start, end }) => ({ at: start, text: text.slice(start, end).replace(/\\[nrt]/g, "  ") }))
        .filter((piece) => /\w\W*\s/.test(piece.text));
}

/** Only comments stand between two tokens. Code in them is quoted, so it is left out. */
function comments(text: string, all: Token[]): Piece[] {
    return all.flatMap(({ full, start }) => {
        const between = text.slice(full, start);
        return between.trim() === "" ? [] : [{ at: full, text: proseOf(unmarked(between)) }];
    });
}

interface Token {
    kind: ts.SyntaxKind;
    /** Where the space and the comments before it begin. */
    full: number;
    start: number;
    end: number;
}

/** The parser's tokens: a scanner alone cannot tell a regular expression from a division. */
function tokens(text: string): Token[] {
    const file = ts.createSourceFile("file.ts", text, ts.ScriptTarget.Latest, true);
    const found: Token[] = [];
    const visit = (node: ts.Node) => {
        const children = node.getChildren(file).filter(({ kind }) => kind !== ts.SyntaxKind.JSDoc);
        if (children.length > 0) {
            children.forEach(visit);
        } else if (node.kind !== ts.SyntaxKind.SyntaxList) {
            found.push({ kind: node.kind, full: node.pos, start: node.getStart(file, false), end: node.end });
        }
    };
    visit(file);
    return found;
}
