import * as fs from "fs";
import * as path from "path";

/** The nearest folder that exists. */
export function existing(dir: string): string {
    return fs.existsSync(dir) ? dir : existing(path.dirname(dir));
}

/** Free space for what is to be made at this path. */
export function freeBytes(dir: string): number {
    const { bavail, bsize } = fs.statfsSync(existing(dir));
    return bavail * bsize;
}

export function gigabytes(bytes: number): string {
    return `${(bytes / 1e9).toFixed(1)} GB`;
}
