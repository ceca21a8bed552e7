/** How to run a command in a server. */
import { initOf, processesIn } from "./processes";

const PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The command prefix that runs a command as root in the booted system: in all of its namespaces, with its own
 * environment. In a bare server only the network namespace is the server's.
 *
 * @throws Error for a server that is off.
 */
export function insideServer(name: string, namespace: string, bare: boolean): string[] {
    if (bare) {
        return ["nsenter", `--net=/run/netns/${namespace}`];
    }
    const init = initOf(namespace);
    if (init === null) {
        const why = processesIn(namespace).length > 0 ? "has not booted yet" : "is off";
        throw new Error(`server ${name} ${why}`);
    }
    const environment = [`PATH=${PATHS}`, "HOME=/root", "LANG=C.UTF-8", `TERM=${process.env.TERM ?? "dumb"}`];
    return ["nsenter", `--target=${init}`, "--all", "env", "-i", ...environment, "sh", "-c", 'cd && exec "$@"', "sh"];
}

/**
 * Must be called after such a command. The system's first process did not start it and does not notice its end, so a
 * shutdown would wait 10 s for it.
 */
export function tellInit(namespace: string): void {
    const init = initOf(namespace);
    if (init !== null) {
        try {
            process.kill(init, "SIGCHLD");
        } catch {
            // it is off by now
        }
    }
}
