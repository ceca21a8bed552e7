import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import type { Cloud } from "../../../lab/cloud";
import { ROOT } from "./paths";

const installed = new Map<string, Promise<string>>();

/** Another project in its own folder, with this project's packed npm package; created at the first call. */
export function consumer(cloud: Cloud): Promise<string> {
    const folder = path.join(cloud.dir, "consumer");
    const made = installed.get(folder) ?? install(folder);
    installed.set(folder, made);
    return made;
}

async function install(folder: string): Promise<string> {
    fs.cpSync(path.join(__dirname, "..", "consumer"), folder, { recursive: true });
    const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", folder], { cwd: ROOT });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as { filename: string }[];
    const options = ["--ignore-scripts", "--no-audit", "--no-fund"];
    await execa("npm", ["install", ...options, `./${filename}`], { cwd: folder });
    return folder;
}
