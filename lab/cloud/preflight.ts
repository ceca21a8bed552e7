/** The requirements of a local cloud. They are checked before any change, and all problems are reported together. */
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { unifiedRoot } from "./fabric/cgroup";
import { DEFAULT_IMAGE, imageProblem } from "./image/build";
import type { Instance } from "./instance";
import { existing, freeBytes, gigabytes } from "./space";

/** Space for a few servers with their packages. */
const NEEDED_BYTES = 1e9;

/** The commands that are used, and Debian's packages that have them. */
const COMMANDS: Record<string, string> = {
    "systemd-nspawn": "systemd-container",
    mmdebstrap: "mmdebstrap",
    nft: "nftables",
    ip: "iproute2",
    nsenter: "util-linux",
    flock: "util-linux",
    openssl: "openssl",
    ssh: "openssh-client",
    curl: "curl",
};
const KEYRING = { file: "/usr/share/keyrings/debian-archive-keyring.gpg", name: "debian-archive-keyring" };

/** Each feature is tried in a temporary network namespace. */
const KERNEL: { feature: string; option: string; module: string; trial: string }[] = [
    { feature: "network namespaces", option: "CONFIG_NET_NS", module: "", trial: "true" },
    {
        feature: "veth interfaces",
        option: "CONFIG_VETH",
        module: "veth",
        trial: "ip link add name a type veth peer name b",
    },
    {
        feature: "VXLAN",
        option: "CONFIG_VXLAN",
        module: "vxlan",
        trial: "ip link add name a type vxlan id 1 dstport 4789 remote 10.0.0.1 dev lo",
    },
    {
        feature: "nftables with connection tracking",
        option: "CONFIG_NF_TABLES_INET and CONFIG_NFT_CT",
        module: "nf_tables",
        trial: "nft 'table inet t { chain c { type filter hook forward priority 0; ct state established accept; }; }'",
    },
];

function onPath(command: string): boolean {
    const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
    return folders.some((dir) => fs.existsSync(path.join(dir, command)));
}

/** Debian's packages of those commands that are not there. */
export function packagesOf(commands: Record<string, string>): string[] {
    const missing = Object.keys(commands).filter((command) => !onPath(command));
    return [...new Set(missing.map((command) => commands[command]))];
}

/** Debian's packages that have to be installed before a cloud can be started. */
export function missingPackages(): string[] {
    const names = packagesOf(COMMANDS);
    return fs.existsSync(KEYRING.file) ? names : [...names, KEYRING.name];
}

/** Reasons why a cloud of this name cannot be started, found without changing anything. */
export function problems(of: Instance): string[] {
    if (process.platform !== "linux") {
        return [`this is ${process.platform}, and the local cloud needs Linux: run it in a virtual machine`];
    }
    const found: string[] = [];
    if (process.getuid?.() !== 0) {
        found.push("it needs root, for network namespaces and mounts: run it with sudo");
    }
    if (isPresent(of)) {
        found.push(
            `name: there is a local cloud "${of.name}" already; stop it with "npm run cloud -- down --name ${of.name}"`,
        );
    }
    const filesystems = fs.readFileSync("/proc/filesystems", "utf8");
    if (!filesystems.includes("\toverlay\n") && !hasModule("overlay")) {
        found.push("the kernel has no overlay file system: load the module overlay, or enable CONFIG_OVERLAY_FS");
    }
    if (unifiedRoot() === null) {
        found.push("control groups of version 2 are not mounted: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified");
    }
    const upper = fs.statfsSync(existing(of.dir));
    if (upper.type === 0x794c7630) {
        found.push(
            `${of.dir} would be on an overlay file system, which cannot hold another: set LOCALCLOUD_DIR to a folder on a disk`,
        );
    }
    if (freeBytes(of.dir) < NEEDED_BYTES) {
        const free = gigabytes(freeBytes(of.dir));
        found.push(
            `${of.dir} has ${free} free, but ${gigabytes(NEEDED_BYTES)} are needed: free some space, or set LOCALCLOUD_DIR`,
        );
    }
    const image = imageProblem(DEFAULT_IMAGE);
    if (image !== null) {
        found.push(image);
    }
    const packages = missingPackages();
    if (packages.length > 0 && !onPath("apt-get")) {
        found.push(`commands are missing, and there is no apt-get to install them: install ${packages.join(", ")}`);
    }
    return found;
}

/** Missing features of the kernel. The trials need the packages. */
export async function kernelProblems(): Promise<string[]> {
    const trials = KERNEL.map(async ({ feature, option, module, trial }) => {
        const run = await execa("unshare", ["--net", "sh", "-c", trial], { reject: false });
        const way = module === "" ? `enable ${option}` : `load the module ${module}, or enable ${option}`;
        return run.failed ? [`the kernel refuses ${feature}: ${way} (${run.stderr.trim().split("\n")[0]})`] : [];
    });
    return (await Promise.all(trials)).flat();
}

export async function installPackages(packages: string[], log: (line: string) => void): Promise<void> {
    log(`installing ${packages.join(", ")} with apt-get`);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await execa("apt-get", ["update"]);
    await execa("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], { env });
}

const INOTIFY = "/proc/sys/fs/inotify/max_user_instances";
/**
 * A booted server uses 8 inotify instances, and all servers of all clouds belong to one user: with Linux's default of
 * 128 the 16th server does not boot.
 */
const INOTIFY_INSTANCES = 8192;

/** Raises the machine's limit until it restarts, because another cloud may need it after this one. */
export function raiseLimits(log: (line: string) => void): void {
    const limit = Number(fs.readFileSync(INOTIFY, "utf8"));
    if (limit < INOTIFY_INSTANCES) {
        log(`raising ${INOTIFY} from ${limit} to ${INOTIFY_INSTANCES}`);
        fs.writeFileSync(INOTIFY, String(INOTIFY_INSTANCES));
    }
}

/** Whether anything of the instance exists, running or left over. */
function isPresent(of: Instance): boolean {
    return fs.existsSync(of.files.token) || fs.existsSync(`/run/netns/${of.netns}`);
}

function hasModule(name: string): boolean {
    const release = fs.readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
    const list = `/lib/modules/${release}/modules.dep`;
    return fs.existsSync(list) && fs.readFileSync(list, "utf8").includes(`/${name}.ko`);
}
