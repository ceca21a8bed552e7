import * as fs from "fs";

/** Half a second: `exec` with the same arguments and another environment nearly always follows a fork at once. */
const YOUNG_LOOKS = 10;

/**
 * Collects the arguments and environments of all processes. It leaves out one variable: Pulumi's language host passes a
 * program its configuration in PULUMI_CONFIG, which only root and the user can read, and the component cannot change
 * that. Environments are large, so one is read only while its process is young, and when its arguments have changed.
 */
export function watchProcesses(): { seen: Set<string>; stop(): void } {
    const seen = new Set<string>();
    let known = new Map<string, { looks: number; words: string | null }>();
    const look = () => {
        const found: typeof known = new Map();
        for (const pid of fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
            const before = known.get(pid) ?? { looks: 0, words: null };
            const words = readWords(pid, "cmdline");
            found.set(pid, { looks: before.looks + 1, words });
            seen.add(words ?? "");
            if (before.looks < YOUNG_LOOKS || words !== before.words) {
                seen.add(readWords(pid, "environ") ?? "");
            }
        }
        known = found;
    };
    const timer = setInterval(look, 50);
    return { seen, stop: () => clearInterval(timer) };
}

/** null if the process ended in the meantime. */
function readWords(pid: string, file: string): string | null {
    try {
        const words = fs.readFileSync(`/proc/${pid}/${file}`, "latin1").split("\0");
        return words.filter((word) => !word.startsWith("PULUMI_CONFIG=")).join("\0");
    } catch {
        return null;
    }
}
