/**
 * Runs iproute2 and nftables in a network namespace. One change is one child process, because forks take most of the
 * time.
 */
import execa from "execa";

export interface Change {
    /** Written below /proc/sys, first. */
    sysctl?: Record<string, string>;
    /** Lines of `ip -batch`. */
    ip?: string[];
    /** A transaction of `nft -f`. It runs last, because its rules may name interfaces that were just created. */
    nft?: string[];
}

/** The commands of a change, as one shell script. */
export function script(change: Change): string {
    const lines = ["set -e"];
    for (const [key, value] of Object.entries(change.sysctl ?? {})) {
        lines.push(`echo ${value} > /proc/sys/${key}`);
    }
    const heredoc = (command: string, input: string[]) => lines.push(`${command} << 'END'`, ...input, "END");
    if (change.ip?.length) {
        heredoc("ip -batch -", change.ip);
    }
    if (change.nft?.length) {
        heredoc("nft -f -", change.nft);
    }
    return lines.join("\n") + "\n";
}

/**
 * @throws Error with the tools' output. A failed nft transaction changes nothing; `ip` stops at the line that it names
 */
export async function configure(namespace: string, change: Change): Promise<void> {
    const input = script(change);
    const run = await execa("nsenter", [`--net=/run/netns/${namespace}`, "sh", "-s"], { input, reject: false });
    if (run.failed) {
        throw new Error(`${namespace}: ${run.stderr.trim() || run.stdout.trim() || "nsenter failed"}\n${input}`);
    }
}

/** Creates the namespace anew, without the addresses, tunnels and rules of an old one. */
export async function freshNamespace(namespace: string): Promise<void> {
    await removeNamespace(namespace);
    await execa("ip", ["netns", "add", namespace]);
}

export async function removeNamespace(namespace: string): Promise<void> {
    const run = await execa("ip", ["netns", "delete", namespace], { reject: false });
    if (run.failed && !run.stderr.includes("No such file")) {
        throw new Error(`${namespace}: ${run.stderr.trim()}`);
    }
}
