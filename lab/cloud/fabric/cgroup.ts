/** A control group for each server, so that all of its processes can be found, frozen and killed at once. */
import * as fs from "fs";
import * as path from "path";
import { setTimeout } from "timers/promises";

const ROOT = "/sys/fs/cgroup";

/** On this machine the second version of cgroups is at the root (usual today) or beside the first (`unified`). */
export function unifiedRoot(): string | null {
    return [ROOT, path.join(ROOT, "unified")].find((dir) => fs.existsSync(path.join(dir, "cgroup.procs"))) ?? null;
}

const underSystemd = () => fs.existsSync("/run/systemd/system");

/** systemd-nspawn needs its own group in every hierarchy that systemd uses, or servers would share one. */
function folders(name: string): string[] {
    const unified = unifiedRoot() ?? ROOT;
    const legacy = path.join(ROOT, "systemd");
    return [unified, ...(fs.existsSync(path.join(legacy, "cgroup.procs")) ? [legacy] : [])].map((dir) =>
        path.join(dir, name),
    );
}

/**
 * The command prefix that runs a command in the group. If systemd runs, it creates the group (a scope with delegation),
 * because the tree belongs to systemd.
 */
export function launcher(name: string): string[] {
    if (underSystemd()) {
        return ["systemd-run", "--quiet", "--scope", "--collect", "--property=Delegate=yes", `--unit=${name}`, "--"];
    }
    const joins = folders(name).map((dir) => `mkdir -p ${dir} && echo $$ > ${dir}/cgroup.procs`);
    return ["sh", "-c", `${joins.join(" && ")} && exec "$@"`, "sh"];
}

export function groupOf(name: string): string {
    return underSystemd() ? path.join(ROOT, "system.slice", `${name}.scope`) : folders(name)[0];
}

export function setFrozen(name: string, frozen: boolean): void {
    fs.writeFileSync(path.join(groupOf(name), "cgroup.freeze"), frozen ? "1" : "0");
}

/** SIGKILL to every process of the group and of those below, at once. */
export function killGroup(name: string): void {
    try {
        fs.writeFileSync(path.join(groupOf(name), "cgroup.kill"), "1");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
            throw error;
        }
    }
}

/** How long the kernel may take to remove killed processes, in tries of 20 ms. */
const BURIAL = 250;

/**
 * Removes the group when the last of its processes is gone. The next boot must not find it: after `cgroup.kill`, a
 * group kills every process that systemd 257 starts directly in it (CLONE_INTO_CGROUP, seen with Linux 6.18). A group
 * that is still in use after 5 s stays, and `leftovers` reports it.
 */
export async function removeGroup(name: string): Promise<void> {
    for (const dir of underSystemd() ? [] : folders(name)) {
        for (let left = BURIAL; left > 0 && !removeTree(dir); left--) {
            await setTimeout(20);
        }
    }
}

function removeTree(dir: string): boolean {
    try {
        const below = fs.readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
        const removed = below.map(({ name }) => removeTree(path.join(dir, name)));
        return removed.every(Boolean) && (fs.rmdirSync(dir), true);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "ENOENT";
    }
}

/** The names of all groups that start with the prefix. */
export function groupsNamed(prefix: string): string[] {
    const parents = underSystemd() ? [path.join(ROOT, "system.slice")] : folders("").map((dir) => path.resolve(dir));
    const names = parents
        .filter((dir) => fs.existsSync(dir))
        .flatMap((dir) => fs.readdirSync(dir))
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.replace(/\.scope$/, ""));
    return [...new Set(names)];
}
