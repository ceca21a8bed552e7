import * as fs from "fs";

/**
 * Collects the arguments and environments of all processes. It leaves out one variable: Pulumi's language host passes a
 * program its configuration in PULUMI_CONFIG, which only root and the user can read, and the component cannot change
 * that.
 */
export function watchProcesses(): { stop(): Set<string> } {
    const seen = new Set<string>();
    const look = () => {
        for (const pid of fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
            for (const file of ["cmdline", "environ"]) {
                try {
                    const words = fs.readFileSync(`/proc/${pid}/${file}`, "latin1").split("\0");
                    seen.add(words.filter((word) => !word.startsWith("PULUMI_CONFIG=")).join("\0"));
                } catch {
                    // the process ended in the meantime
                }
            }
        }
    };
    const timer = setInterval(look, 20);
    return {
        stop: () => {
            clearInterval(timer);
            return seen;
        },
    };
}
