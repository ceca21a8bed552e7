/**
 * The other side of the benchmark, in its own process and network namespace: the local cloud's API on a fabric that
 * does nothing, and the stand-in for the nodes. `ground.ts` starts it. It reads a DaemonInput from stdin.
 */
import * as fs from "fs";
import { startControl } from "../../cloud/api/control";
import { startApi } from "../../cloud/api/server";
import { NullFabric } from "../../cloud/fabric/null";
import { API_ADDRESS } from "../../cloud/instance";
import { startSshStandIn } from "./sshStandIn";

export interface DaemonInput {
    token: string;
    tls: { key: string; cert: string };
    publicKey: string;
    controlSocket: string;
    ready: string;
    rateLimit: number;
}

async function main(): Promise<void> {
    const { token, tls, publicKey, controlSocket, ready, rateLimit } = JSON.parse(
        fs.readFileSync(0, "utf8"),
    ) as DaemonInput;
    const place = { host: API_ADDRESS, port: 443, stateFile: null };
    const api = await startApi({ fabric: new NullFabric(), token, tls, ...place });
    api.setTiming({ rateLimit });
    await startSshStandIn(publicKey, (address) => bootstrapKeyOf(api.metadata(address)("userdata") ?? ""));
    await startControl(api, controlSocket);
    fs.writeFileSync(ready, "");
}

/** The private half of the host key that a server has at its first boot. */
function bootstrapKeyOf(userData: string): string {
    const config = JSON.parse(userData.replace(/^#cloud-config\n/, "")) as { ssh_keys: { ecdsa_private: string } };
    return config.ssh_keys.ecdsa_private;
}

main().catch((error: Error) => {
    console.error(error.stack ?? error.message);
    process.exit(1);
});
