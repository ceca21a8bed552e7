import { styleText } from "util";

/** Colours, if the stream is a terminal and NO_COLOR is not set (https://no-color.org). */
export interface Style {
    good: (text: string) => string;
    warning: (text: string) => string;
    critical: (text: string) => string;
    strong: (text: string) => string;
    dim: (text: string) => string;
    level: (level: 0 | 1 | 2, text: string) => string;
}

export function style(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Style {
    const coloured = stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
    const paint = (format: "green" | "yellow" | "red" | "bold" | "dim") => (text: string) =>
        coloured ? styleText(format, text, { validateStream: false }) : text;
    const of = [paint("green"), paint("yellow"), paint("red")] as const;
    return {
        good: of[0],
        warning: of[1],
        critical: of[2],
        strong: paint("bold"),
        dim: paint("dim"),
        level: (level, text) => of[level](text),
    };
}
