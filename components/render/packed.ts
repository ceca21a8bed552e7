import { gzipSync, strToU8 } from "fflate";
import type { NodeFile } from "./nodeFiles";

/** A file as it travels: the state keeps two copies of every command's input, for each node. */
export type PackedFile = NodeFile | { path: string; mode: string; gzip: string };

/** Characters; a shorter file is a certificate, a unit or somebody's settings. */
const LARGE = 16_384;
const known = new Map<string, string>();

/** In base64. By a library and not by Node, whose zlib packs differently on another version or processor: that would be a change. */
export function gzipped(content: string): string {
    let packed = known.get(content);
    if (packed === undefined) {
        packed = Buffer.from(gzipSync(strToU8(content), { level: 9, mtime: 0 })).toString("base64");
        known.set(content, packed);
    }
    return packed;
}

/** Large programs packed; everything that a preview should show stays readable. */
export function packed({ path, mode, content }: NodeFile): PackedFile {
    return content.length < LARGE ? { path, mode, content } : { path, mode, gzip: gzipped(content) };
}
