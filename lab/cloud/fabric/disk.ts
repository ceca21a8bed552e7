/**
 * A server's disk: an overlay of its image and the server's own changes, with the files that a cloud writes before the
 * first boot. In a copy of a saved cloud, the changes of the saved server are a layer in between.
 */
import execa from "execa";
import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { API_ADDRESS } from "../instance";
import { until } from "../until";
import { isCopy, layersOf, writeBase } from "./savedDisk";
import type { ServerSpec } from "./types";

const UNMOUNT_MS = 5000;

export class Disk {
    readonly root: string;

    constructor(readonly dir: string) {
        this.root = path.join(dir, "root");
    }

    async create(image: string, spec: ServerSpec): Promise<void> {
        if (isCopy(this.dir)) {
            return this.mount(layersOf(this.dir));
        }
        await this.mount(image);
        writeBase(this.dir, image);
        this.write("etc/machine-id", crypto.randomBytes(16).toString("hex") + "\n");
        this.write("etc/hostname", `${spec.name}\n`);
        // the cloud's internet has no name service; the API's real name is for clients that require it
        this.write(
            "etc/hosts",
            `127.0.0.1 localhost\n127.0.1.1 ${spec.name}\n::1 localhost\n${API_ADDRESS} api.hetzner.cloud\n`,
        );
        const meta = { "instance-id": String(spec.id), "local-hostname": spec.name, "public-keys": spec.sshKeys };
        // JSON is YAML
        this.write("var/lib/cloud/seed/nocloud/meta-data", JSON.stringify(meta) + "\n", 0o600);
        this.write("var/lib/cloud/seed/nocloud/user-data", spec.userData || "#cloud-config\n{}\n", 0o600);
    }

    private async mount(lower: string): Promise<void> {
        const folders = ["root", "upper", "work"].map((name) => path.join(this.dir, name));
        folders.forEach((folder) => fs.mkdirSync(folder, { recursive: true }));
        const layers = `lowerdir=${lower},upperdir=${folders[1]},workdir=${folders[2]}`;
        await execa("mount", ["-t", "overlay", "overlay", "-o", layers, this.root]);
    }

    /** Leaves what the server wrote as files; for the end of its cloud. */
    async unmount(): Promise<void> {
        // the processes of the server that have just ended may still hold it
        await until(`${this.root} to be unmounted`, UNMOUNT_MS, async () => {
            await execa("umount", [this.root]);
            return true;
        });
    }

    async remove(): Promise<void> {
        await execa("umount", [this.root], { reject: false });
        // never removes a mounted file system: its lower layer is shared
        await execa("rm", ["-rf", "--one-file-system", this.dir]);
    }

    private write(file: string, content: string, mode = 0o644): void {
        const target = path.join(this.root, file);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.writeFileSync(target, content, { mode });
    }
}
