import { spawn, spawnSync, type ChildProcess } from "child_process";
import * as fs from "fs";
import { killGroup, launcher, removeGroup, setFrozen } from "./cgroup";
import { initOf, killAll, processesIn } from "./processes";

/** The exit code of systemd-nspawn when the system inside requested a reboot. */
const REBOOT = 133;
/** Signals for systemd as the first process (systemd(1), SIGNALS): glibc's SIGRTMIN+4 and +5. */
const POWEROFF_SIGNAL = 38;
const REBOOT_SIGNAL = 39;

/** Why a machine stopped: the power was cut, the system powered off, or it requested a reboot. */
export type Ending = "killed" | "poweroff" | "reboot";

/** One boot of one operating system, from power-on to the end of its first process. */
export class Machine {
    readonly ended: Promise<Ending>;
    private killed = false;

    private constructor(
        private readonly name: string,
        child: ChildProcess,
    ) {
        this.ended = new Promise((resolve) => {
            child.once("error", () => resolve("poweroff"));
            child.once("exit", (code) => {
                fs.rmSync(`/run/systemd/nspawn/propagate/${name}`, { recursive: true, force: true });
                void removeGroup(name).then(() =>
                    resolve(this.killed ? "killed" : code === REBOOT ? "reboot" : "poweroff"),
                );
            });
        });
    }

    /** @param name Of the machine and of its network namespace. */
    static boot(name: string, root: string, consoleLog: string): Machine {
        const [command, ...args] = [...launcher(name), ...nspawn(name, root)];
        const log = fs.openSync(consoleLog, "a");
        const child = spawn(command, args, {
            // a process group of its own: a Ctrl-C for the daemon must not reach the servers
            detached: true,
            stdio: ["ignore", log, log],
            env: {
                PATH: process.env.PATH,
                // as on a current server, independent of this machine
                SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
                // so that sysctl works, for the server's own network
                SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
            },
        });
        fs.closeSync(log);
        return new Machine(name, child);
    }

    /** Cuts the power. */
    async kill(): Promise<void> {
        this.killed = true;
        killGroup(this.name);
        killAll(processesIn(this.name));
        await this.ended;
    }

    /** Asks the system to power off, as the power button does. */
    powerOff(): void {
        this.signal(POWEROFF_SIGNAL);
    }

    reboot(): void {
        this.signal(REBOOT_SIGNAL);
    }

    setFrozen(frozen: boolean): void {
        setFrozen(this.name, frozen);
    }

    private signal(signal: number): void {
        const init = initOf(this.name);
        if (init !== null) {
            process.kill(init, signal);
        }
    }
}

function nspawn(name: string, root: string): string[] {
    return [
        "systemd-nspawn",
        "--quiet",
        "--boot",
        `--machine=${name}`,
        `--directory=${root}`,
        "--register=no",
        "--keep-unit",
        `--network-namespace-path=/run/netns/${name}`,
        // capabilities of root in a virtual machine that keepalived, nft or the agent use
        "--capability=CAP_NET_ADMIN,CAP_IPC_LOCK",
        ...(suppressesSync() ? ["--suppress-sync=yes"] : []),
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--console=read-only",
        "--settings=no",
        // arguments after the options go to the system's first process
        "systemd.show_status=yes",
    ];
}

let known: boolean | undefined;

/** Since systemd 250. The disk is temporary, and its flushes would make servers wait for each other. */
function suppressesSync(): boolean {
    known ??= spawnSync("systemd-nspawn", ["--help"], { encoding: "utf8" }).stdout.includes("--suppress-sync");
    return known;
}
