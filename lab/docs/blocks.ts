/** The parts of a Markdown file that a program writes, between two comments that GitHub does not show. */
const BLOCK = /<!-- generated: ([a-z-]+) -->\n[^]*?<!-- end -->/g;

/** The text with each block's content replaced. @throws Error for a block that no program writes. */
export function filled(text: string, contents: Record<string, string>): string {
    return text.replace(BLOCK, (_, name: string) => {
        const content = contents[name];
        if (content === undefined) {
            throw new Error(`no program writes the block "${name}": there are ${Object.keys(contents).join(", ")}`);
        }
        return `<!-- generated: ${name} -->\n\n${content}\n\n<!-- end -->`;
    });
}

export function blocksOf(text: string): string[] {
    return [...text.matchAll(BLOCK)].map(([, name]) => name);
}

/** The first row is the head. */
export function markdownTable([head, ...rows]: string[][]): string {
    const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
