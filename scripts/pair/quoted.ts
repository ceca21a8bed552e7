/** A word for a shell. */
export function quoted(word: string): string {
    return `'${word.replaceAll("'", "'\\''")}'`;
}
