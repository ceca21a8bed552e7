/**
 * The only place that receives bytes of another machine. It limits their number and returns a `FromNode`, which only
 * the parsers of this folder can read.
 */
import type { Readable } from "stream";
import { StringDecoder } from "string_decoder";
import { parseShape, type Read, type Shape } from "./shape";

declare const origin: unique symbol;

/** Text of another machine before its validation. Its type is not a string, so that it cannot be printed or run. */
export interface FromNode {
    readonly [origin]: "another machine";
}

/** The most bytes of a command's output, unless a larger number is given. */
export const MOST_BYTES = 1024 * 1024;
/** The most characters of a line. */
export const LONGEST_LINE = 64 * 1024;
/** How many bytes at the end of stderr are kept. */
const MOST_ERRORS = 8192;

const unread = (text: string) => text as unknown as FromNode;

/** Stands for an answer that was not kept. */
export const NOTHING = unread("");

/** Parses JSON to a value of the shape; null if the text is not JSON. */
export function parseJson<T>(text: FromNode | string, shape: Shape<T>): Read<T> | null {
    let value: unknown;
    try {
        value = JSON.parse(text as unknown as string);
    } catch {
        return null;
    }
    return parseShape(value, shape);
}

/** Whether the text is exactly this word. */
export function isWord(text: FromNode, word: string): boolean {
    return (text as unknown as string) === word;
}

/** A number within the bounds, or null. */
export function parseNumber(text: FromNode, least: number, most: number): number | null {
    const word = text as unknown as string;
    const value = /^\d{1,20}(\.\d{1,20})?$/.test(word) ? Number(word) : NaN;
    return value >= least && value <= most ? value : null;
}

/** The lines of a stream, each as soon as it is complete. Lines that are too long are skipped and never stored. */
export class Lines {
    /** How many lines were too long. */
    leftOut = 0;
    private rest = "";
    private skipping = false;
    private readonly decoder = new StringDecoder("utf8");

    constructor(
        private readonly onLine: (line: FromNode) => void,
        private readonly longest = LONGEST_LINE,
    ) {}

    push(chunk: Buffer): void {
        const [first = "", ...others] = this.decoder.write(chunk).split("\n");
        this.add(first);
        for (const piece of others) {
            this.end();
            this.add(piece);
        }
    }

    /** Ends the last line, which may have no line break. */
    end(): void {
        if (this.skipping) {
            this.leftOut++;
        } else if (this.rest !== "") {
            this.onLine(unread(this.rest));
        }
        this.rest = "";
        this.skipping = false;
    }

    private add(piece: string): void {
        if (this.skipping || this.rest.length + piece.length > this.longest) {
            this.skipping = true;
            this.rest = "";
        } else {
            this.rest += piece;
        }
    }
}

/** The text of a stream up to a number of bytes. After that `onTooMuch` is called once, and no more is kept. */
export function collect(stream: Readable, most: number, onTooMuch: () => void): () => FromNode {
    const chunks: Buffer[] = [];
    bounded(stream, most, (chunk) => chunks.push(chunk), onTooMuch);
    return () => unread(Buffer.concat(chunks).toString("utf8"));
}

/** The lines of a stream, with the same limit. */
export function collectLines(stream: Readable, lines: Lines, most: number, onTooMuch: () => void): void {
    bounded(stream, most, (chunk) => lines.push(chunk), onTooMuch);
    stream.on("end", () => lines.end());
}

/** The end of a stream, which is later converted to plain text. */
export function collectEnd(stream: Readable): () => string {
    let tail = Buffer.alloc(0);
    stream.on("data", (chunk: Buffer) => (tail = Buffer.concat([tail, chunk]).subarray(-MOST_ERRORS)));
    return () => tail.toString("utf8");
}

function bounded(stream: Readable, most: number, keep: (chunk: Buffer) => void, onTooMuch: () => void): void {
    let came = 0;
    stream.on("data", (chunk: Buffer) => {
        const before = came;
        came += chunk.length;
        if (came <= most) {
            keep(chunk);
        } else if (before <= most) {
            onTooMuch();
        }
    });
}
