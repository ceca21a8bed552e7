/** A value as one word of a shell, whatever is in it. */
export function shellQuote(value: string): string {
    return `'${value.replaceAll("'", "'\\''")}'`;
}
