import { gzipSync, strToU8 } from "fflate";
import type { NodeFile } from "./nodeFiles";

/**
 * A file as it is sent. Large files are compressed, because the state keeps two copies of every command's input for
 * each node.
 */
export type PackedFile = NodeFile | { path: string; mode: string; gzip: string };

/** In characters. Shorter files are certificates, units or a user's settings. */
const LARGE = 16_384;
const known = new Map<string, string>();

/**
 * In base64. Compressed with a library, because Node's zlib gives other bytes on another version or CPU, which `up`
 * would see as a change.
 */
export function gzipped(content: string): string {
    let packed = known.get(content);
    if (packed === undefined) {
        packed = Buffer.from(gzipSync(strToU8(content), { level: 9, mtime: 0 })).toString("base64");
        known.set(content, packed);
    }
    return packed;
}

/** Only large programs are compressed, so that a preview shows all other files as text. */
export function packed({ path, mode, content }: NodeFile): PackedFile {
    return content.length < LARGE ? { path, mode, content } : { path, mode, gzip: gzipped(content) };
}
