/** Quotes a value, so that a shell reads it as one word. */
export function shellQuote(value: string): string {
    return `'${value.replaceAll("'", "'\\''")}'`;
}
