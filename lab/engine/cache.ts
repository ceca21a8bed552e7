import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

const UNUSED_MS = 30 * 24 * 3600 * 1000;
const JUST_USED_MS = 10 * 60 * 1000;

export const defaultCacheDir = (env: NodeJS.ProcessEnv): string =>
    join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "failover-pair", "engine");

/** A short name for a content: a hash of the files with their paths, and of everything else that affects the result. */
export async function keyOf(folder: string, files: string[], ...more: string[]): Promise<string> {
    const hash = createHash("sha256");
    for (const file of [...files].sort()) {
        hash.update(`${file}\0`).update(await readFile(join(folder, file)));
    }
    more.forEach((each) => hash.update(`\0${each}`));
    return hash.digest("hex").slice(0, 12);
}

/** Creates a folder in one step, so that an existing folder is complete even if its creator was killed. */
export async function makeFolder(folder: string, fill: (unfinished: string) => Promise<void>): Promise<string> {
    if (!existsSync(folder)) {
        await mkdir(dirname(folder), { recursive: true });
        const unfinished = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
        try {
            await fill(unfinished);
            await rename(unfinished, folder);
        } finally {
            await rm(unfinished, { recursive: true, force: true });
        }
    }
    await utimes(folder, new Date(), new Date());
    return folder;
}

/** Removes folders that no run has used for a month, such as the builds of earlier pins. */
export async function removeUnused(folder: string): Promise<void> {
    for (const name of existsSync(folder) ? await readdir(folder) : []) {
        const each = join(folder, name);
        if (Date.now() - (await stat(each)).mtimeMs > UNUSED_MS) {
            await rm(each, { recursive: true, force: true });
        }
    }
}

/**
 * Removes all folders but those that were used last, those that are in use, and those that a run has got in the last
 * minutes and may not use yet. To be called by the one run that makes folders there: one without its final name is of a
 * run that was killed.
 */
export async function keepNewest(folder: string, count: number, isUsed: (each: string) => boolean): Promise<void> {
    const found = await readdir(folder, { withFileTypes: true });
    const folders = found.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
    const unfinished = folders.filter((each) => basename(each).startsWith("."));
    const used = await Promise.all(folders.map(async (each) => ({ each, at: (await stat(each)).mtimeMs })));
    const old = used
        .filter(({ each }) => !unfinished.includes(each))
        .sort((one, other) => other.at - one.at)
        .slice(count)
        .filter(({ each, at }) => Date.now() - at > JUST_USED_MS && !isUsed(each));
    for (const each of [...unfinished, ...old.map(({ each }) => each)]) {
        await rm(each, { recursive: true, force: true });
    }
}

/** Runs work that only one run may do at a time. The kernel frees the lock of a killed run. */
export async function locked<T>(file: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
    const holder = spawn("flock", [file, "sh", "-c", "echo locked; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
    const waiting = setTimeout(onWait, 1000);
    try {
        await new Promise<void>((resolve, reject) => {
            holder.stdout.once("data", () => resolve());
            holder.once("error", reject);
            holder.once("exit", (code) => reject(new Error(`flock ${file} ended with ${code}`)));
        });
        clearTimeout(waiting);
        return await work();
    } finally {
        clearTimeout(waiting);
        holder.stdin.end();
    }
}

interface Attempt {
    at: string;
    reason: string;
}

/** Remembers failed downloads for a day, so that the next run does not wait for them again. */
export class Attempts {
    constructor(private readonly file: string) {}

    async lastFailure(what: string): Promise<Attempt | undefined> {
        const attempt = (await this.read())[what];
        return attempt && Date.now() - Date.parse(attempt.at) < 24 * 3600 * 1000 ? attempt : undefined;
    }

    async failed(what: string, reason: string): Promise<void> {
        const all = { ...(await this.read()), [what]: { at: new Date().toISOString(), reason } };
        await writeFile(this.file, JSON.stringify(all, undefined, 4));
    }

    private async read(): Promise<Record<string, Attempt>> {
        try {
            return JSON.parse(await readFile(this.file, "utf8")) as Record<string, Attempt>;
        } catch {
            return {};
        }
    }
}
