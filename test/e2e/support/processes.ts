import * as fs from "fs";

/** A process gets other arguments by `exec`, which nearly always follows at once: so an old one is looked at seldom. */
const YOUNG_LOOKS = 25;
const SELDOM_LOOKS = 50;

/**
 * Collects the arguments and environments of all processes. It leaves out one variable: Pulumi's language host passes a
 * program its configuration in PULUMI_CONFIG, which only root and the user can read, and the component cannot change
 * that.
 */
export function watchProcesses(): { seen: Set<string>; stop(): void } {
    const seen = new Set<string>();
    const ages = new Map<string, number>();
    const look = () => {
        const pids = fs.readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
        const older = new Map(ages);
        ages.clear();
        for (const pid of pids) {
            const age = older.get(pid) ?? 0;
            ages.set(pid, age + 1);
            if (age < YOUNG_LOOKS || age % SELDOM_LOOKS === 0) {
                readWords(pid).forEach((words) => seen.add(words));
            }
        }
    };
    const timer = setInterval(look, 20);
    return { seen, stop: () => clearInterval(timer) };
}

function readWords(pid: string): string[] {
    try {
        return ["cmdline", "environ"].map((file) => {
            const words = fs.readFileSync(`/proc/${pid}/${file}`, "latin1").split("\0");
            return words.filter((word) => !word.startsWith("PULUMI_CONFIG=")).join("\0");
        });
    } catch {
        return []; // the process ended in the meantime
    }
}
