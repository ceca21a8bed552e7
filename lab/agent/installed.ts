import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import execa from "execa";

let folder: string | undefined;

/** The agent and the package's archive, as they are on a node. Made at the first call, removed with the process. */
export function installed(): { agent: string; archive: string } {
    folder ??= install();
    return { agent: join(folder, "alias-switch"), archive: join(folder, "failover-pair.pyz") };
}

function install(): string {
    const made = mkdtempSync(join(tmpdir(), "failover-pair-agent-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    execa.sync("/usr/bin/python3", ["-IS", join(__dirname, "installed.py"), made]);
    return made;
}
