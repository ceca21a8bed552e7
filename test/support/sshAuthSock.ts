import { mkdtempSync, rmSync } from "fs";
import { tmpdir } from "os";
import { join } from "path";

/** To be called inside a `describe`: each test may set SSH_AUTH_SOCK, to a path in the folder that is returned; afterwards it is as before. */
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
