/** The pair that the suites of this folder share, created before the first test and removed after the last one. */
import type { ExecaReturnValue } from "execa";
import { NODES } from "../../../lab/stack/pair";
import { ownPair } from "../support/ownPair";

export const own = ownPair();

/** A user of the nodes who has no rights. */
export const LOCAL_USER = "mallory";

export async function makeLocalUser(): Promise<void> {
    for (const node of NODES) {
        await own.run(node, `id -u ${LOCAL_USER} >/dev/null 2>&1 || useradd --create-home ${LOCAL_USER}`);
    }
}

/** Runs a shell script on a node as the local user, whatever its exit code. */
export function asLocalUser(node: string, script: string): Promise<ExecaReturnValue> {
    return own.exec(node, ["runuser", "-u", LOCAL_USER, "--", "sh", "-c", script], { reject: false });
}
