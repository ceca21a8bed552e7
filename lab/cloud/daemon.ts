/** The process of a local cloud: its API, its metadata service, its fabric. Started by `index.ts` inside the internet's namespace. */
import * as fs from "fs";
import { startControl } from "./api/control";
import { startMetadata } from "./api/metadata";
import { startApi } from "./api/server";
import type { Certificates } from "./certificate";
import { MACHINE_NETWORK_FD, type DaemonInput } from "./daemonInput";
import { LinuxFabric } from "./fabric/linuxFabric";
import { ensureImage } from "./image/build";
import { API_ADDRESS, instance } from "./instance";
import { addSteering } from "./steering";

function log(line: string): void {
    console.log(`${new Date().toISOString()} ${line}`);
}

async function main(name: string): Promise<void> {
    const of = instance(name);
    const { latencyMs, actionMs, date } = JSON.parse(fs.readFileSync(0, "utf8")) as DaemonInput;
    const tls = JSON.parse(fs.readFileSync(of.files.tls, "utf8")) as Pick<Certificates, "key" | "cert">;
    const outside = ["nsenter", `--net=/proc/${process.pid}/fd/${MACHINE_NETWORK_FD}`];
    const fabric = new LinuxFabric(of, (image) => ensureImage(image, log, outside), log);
    await fabric.setUpInternet();
    const api = await startApi({
        fabric,
        token: fs.readFileSync(of.files.token, "utf8"),
        tls,
        latencyMs,
        actionMs,
        date,
        host: API_ADDRESS,
        port: 443,
        stateFile: of.files.apiState,
    });
    await startMetadata({ api, host: "169.254.169.254", port: 80 });
    // of a copy: a new cloud has nothing yet
    await api.rebuildFabric();
    const stop = async () => {
        await api.settled();
        await api.close();
        await fabric.stop();
    };
    await startControl(api, of.files.control, (app) => addSteering(app, fabric, stop));
    fs.writeFileSync(of.files.ready, JSON.stringify({ pid: process.pid }) + "\n");
    log("ready");
}

// one server's trouble must not end the cloud of the others
process.on("unhandledRejection", (reason) =>
    log(`unexpected: ${reason instanceof Error ? reason.stack : String(reason)}`),
);
main(process.argv[2]).catch((error: Error) => {
    log(error.stack ?? error.message);
    process.exit(1);
});
