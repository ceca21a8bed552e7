import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";

/**
 * Sets up a `describe`: each test may set SSH_AUTH_SOCK to a path in the returned folder; afterwards it is restored.
 */
export function ownSshAuthSock(): () => string {
    const before = process.env.SSH_AUTH_SOCK;
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "agent-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
        delete process.env.SSH_AUTH_SOCK;
        if (before !== undefined) {
            process.env.SSH_AUTH_SOCK = before;
        }
    });
    return () => folder;
}
