import { ruledTable } from "../../cli/terminal/table";
import type { Counts } from "./mocha";

/** Anything shorter than this has no line of its own, s. */
const SHORT = 15;

/** A table of the times: a line for each stage, below it its parts and their files. */
export function timeTable(stages: Counts[]): string {
    return ruledTable([["", "passed", "failed", "seconds"], ...stages.flatMap((stage) => rows(stage, ""))], [1, 2, 3]);
}

function rows({ name = "", passed, failed, seconds = 0, parts = [], alone }: Counts, indent: string): string[][] {
    const tells = (part: Counts) => (part.seconds ?? 0) >= SHORT || part.failed > 0;
    const below = parts.filter((part) => part.alone || (parts.length > 1 && tells(part)));
    const row = [
        indent + name + (alone ? " (second run, alone)" : ""),
        String(passed),
        String(failed),
        seconds.toFixed(1),
    ];
    return [row, ...below.flatMap((part) => rows(part, `${indent}  `))];
}
