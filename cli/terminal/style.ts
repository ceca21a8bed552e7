/** Colours, if the stream is a terminal and NO_COLOR is not set (https://no-color.org). */
export interface Style {
    good: (text: string) => string;
    warning: (text: string) => string;
    critical: (text: string) => string;
    strong: (text: string) => string;
    dim: (text: string) => string;
    level: (level: 0 | 1 | 2, text: string) => string;
}

const CODES = { good: 32, warning: 33, critical: 31, strong: 1, dim: 2 };

export function style(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Style {
    const coloured = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
    const paint = (code: number) => (text: string) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
    const { good, warning, critical, strong, dim } = CODES;
    const of = [paint(good), paint(warning), paint(critical)];
    return {
        good: of[0],
        warning: of[1],
        critical: of[2],
        strong: paint(strong),
        dim: paint(dim),
        level: (level, text) => of[level](text),
    };
}
