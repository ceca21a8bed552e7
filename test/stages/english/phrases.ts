/** Phrases that a reader has to decode, and what to write instead. */

export interface Finding {
    /** Where it begins, in characters from the start of the text. */
    at: number;
    words: string;
    wayOut: string;
}

interface Phrase {
    pattern: RegExp;
    wayOut: string;
}

/** `There is no node` and `is no longer` are plain English; `it is no node` is not. */
const COMPARISON = "longer|more|less|fewer|later|earlier|sooner|better|worse|different|matter";
/** After these words `that one` has no noun. */
const NO_NOUN =
    "is|was|has|had|does|did|can|will|and|or|but|by|in|at|on|to|for|from|with|again|too|itself|alone|suffices|adds";

const PHRASES: Phrase[] = [
    {
        pattern: new RegExp(
            `(?<!\\bthere(?:\\s+\\w+){0,2}\\s+)\\b(?:is|are|was|were|be|been|being|becomes?)\\s+no(?!-)\\b(?!\\s+(?:${COMPARISON})\\b)`,
            "gi",
        ),
        wayOut: 'write "is not a …"',
    },
    { pattern: /\b(?:nobody|no one)\b/gi, wayOut: 'say what does not: "no node", "no client", "the cloud does not"' },
    { pattern: /\bsomebody\b/gi, wayOut: 'say who: "another client", "an operator"' },
    { pattern: /\bwhoever\b/gi, wayOut: 'say who: "the node that", "the client that"' },
    {
        pattern: new RegExp(`\\bthat\\s+one(?=\\s*(?:[^\\s\\w(\`]|$)|\\s+(?:${NO_NOUN})\\b)`, "gi"),
        wayOut: "repeat the noun",
    },
];

/** Every phrase of the list in this text. */
export function phrasesIn(text: string): Finding[] {
    return PHRASES.flatMap(({ pattern, wayOut }) =>
        [...text.matchAll(pattern)].map((match) => ({
            at: match.index,
            words: match[0].replace(/\s+/g, " "),
            wayOut,
        })),
    );
}
