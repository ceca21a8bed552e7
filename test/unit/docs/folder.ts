import * as fs from "fs";
import * as os from "os";
import * as path from "path";

/** A temporary folder with these files. */
export function writeFolder(files: Record<string, string>): string {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-docs-"));
    for (const [name, text] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
        fs.writeFileSync(path.join(root, name), text);
    }
    return root;
}
