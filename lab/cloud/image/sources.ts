/** This machine's Debian mirror, from which the servers are built, so that no other host is contacted. */
import execa from "execa";
import * as fs from "fs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * sources.list lines for a suite, made from the targets of this machine's own suite.
 *
 * @param targets Lines `SITE RELEASE COMPONENT` of `apt-get indextargets`.
 * @param own The codename of this machine.
 */
export function sourceLines(targets: string[], own: string, suite: string): string[] {
    const lines = targets
        .map((line) => line.trim().split(" "))
        .filter(
            ([, release, component]) =>
                new RegExp(`^${own}(-security|-updates)?$`).test(release) && component === "main",
        )
        .map(([site, release]) => `deb [signed-by=${KEYRING}] ${site} ${release.replace(own, suite)} main`);
    return [...new Set(lines)];
}

/**
 * @param outside The words before a command that needs the machine's network.
 * @throws Error where this machine is not a Debian with a mirror.
 */
export async function sourcesFor(suite: string, outside: string[]): Promise<string[]> {
    const release = fs.readFileSync("/etc/os-release", "utf8");
    const own = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? "";
    if (!/^ID=debian$/m.test(release) || own === "") {
        throw new Error(
            "this machine is not a Debian, but the servers' root file system is built from its Debian mirror",
        );
    }
    let lines = sourceLines(await targets(), own, suite);
    if (lines.length === 0) {
        const [program, ...command] = [...outside, "apt-get", "update"];
        await execa(program, command);
        lines = sourceLines(await targets(), own, suite);
    }
    if (lines.length === 0) {
        throw new Error(
            `apt on this machine has no source for ${own} main: add Debian's mirror to /etc/apt/sources.list`,
        );
    }
    return lines;
}

async function targets(): Promise<string[]> {
    const format = "$(SITE) $(RELEASE) $(COMPONENT)";
    const { stdout } = await execa("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
    return stdout.split("\n");
}

/** This machine's proxy and certificate settings, which the build needs as much as apt does. */
export async function transportOptions(): Promise<string[]> {
    const { stdout } = await execa("apt-config", ["dump"]);
    return stdout.split("\n").filter((line) => /^Acquire::https?(::|\s)/.test(line) && !line.endsWith(' "";'));
}
