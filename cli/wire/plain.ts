/**
 * Characters that a terminal, a line of text or an XML file must not get: controls, bidirectional overrides, invisible
 * characters, lone surrogates.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** The colour codes of terminal/style.ts. This program prints no other control sequence. */
const COLOUR = /(\x1b\[(?:1|2|22|31|32|33|39)m)/;

/** Escaped as in JSON, so that JSON text stays valid. */
function escaped(letter: string): string {
    const units = Array.from({ length: letter.length }, (_, index) => letter.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** One line of text that cannot control a terminal. Such characters are printed as \u001b, line breaks as \n. */
export function plain(text: string, longest = 500): string {
    const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
    return cut
        .replaceAll("\t", " ")
        .replaceAll("\n", "\\n")
        .replace(UNSEEN, (letter) => escaped(letter));
}

/** The same for several lines. Their line breaks are kept. */
export function plainLines(text: string, longest = 8192): string {
    const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
    return cut
        .split(/\r?\n/)
        .map((line) => plain(line, Infinity))
        .join("\n");
}

/** The last line with text, or `otherwise`. */
export function lastLine(text: string, otherwise = "no message"): string {
    return plain(text.trim().split("\n").at(-1)?.trim() || otherwise);
}

/** Text that is safe for a terminal: lines of plain text, and this program's own colours. */
export function shown(text: string): string {
    const parts = text.split(COLOUR);
    return parts.map((part, index) => (index % 2 === 1 ? part : plainLines(part, Infinity))).join("");
}
