/** A cloud that was ended and kept as a folder, and new clouds that go on from it. */
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import type { Cloud } from ".";
import { isCopy, layOnSaved } from "./fabric/savedDisk";
import { instance, type Instance } from "./instance";
import { teardown } from "./teardown";

/**
 * Ends a cloud in order, and keeps its folder as `folder`, for `startCloud({ from: folder })`: the API's state, the
 * token, the certificate, what the servers have written, and files that a user of the cloud has put there. All servers
 * power off as by the power button. The cloud ends too if that fails.
 *
 * @throws Error if the cloud is a copy itself, before anything is changed; or if a server does not power off.
 */
export async function saveCloud({ name, control }: Cloud, folder: string): Promise<void> {
    const of = instance(name);
    if (serverDirs(of.servers).some(isCopy)) {
        throw new Error(`local cloud "${name}" is a copy of a saved one: change the original, and save that`);
    }
    try {
        await control.stop();
        await control.close();
        const { control: socket, ready, log } = of.files;
        [socket, ready, log].forEach((file) => fs.rmSync(file));
        // keeps the overlay's marks of removed files, also on the way to another file system
        await execa("mv", ["--no-target-directory", of.dir, folder]);
    } finally {
        await teardown(of);
    }
}

/**
 * Makes the folder of a cloud that goes on from a saved one.
 *
 * @throws Error if `saved` is not a saved cloud, or if the image of a server in it is not there any more.
 */
export async function layOutSaved(saved: string, of: Instance): Promise<void> {
    const state = path.join(saved, path.basename(of.files.apiState));
    if (!fs.existsSync(state)) {
        throw new Error(`${saved} is not a saved cloud, because it has no ${path.basename(state)}`);
    }
    fs.mkdirSync(of.dir, { recursive: true, mode: 0o700 });
    const servers = path.basename(of.servers);
    const copied = fs.readdirSync(saved).filter((name) => name !== servers);
    await execa("cp", ["--archive", ...copied.map((name) => path.join(saved, name)), of.dir]);
    for (const dir of serverDirs(path.join(saved, servers))) {
        layOnSaved(dir, path.join(of.servers, path.basename(dir)));
    }
}

function serverDirs(folder: string): string[] {
    return fs.existsSync(folder) ? fs.readdirSync(folder).map((id) => path.join(folder, id)) : [];
}
