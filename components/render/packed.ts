import type { NodeFile } from "./nodeFiles";

/** A file as it is sent, in JSON. */
export type PackedFile = { path: string; mode: string } & ({ content: string } | { base64: string });

/** A preview shows every file as text, except an archive. */
export function packed({ path, mode, content }: NodeFile): PackedFile {
    return typeof content === "string"
        ? { path, mode, content }
        : { path, mode, base64: Buffer.from(content).toString("base64") };
}
