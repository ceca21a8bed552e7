import { spawn, spawnSync, type ChildProcess } from "child_process";
import * as fs from "fs";
import { killGroup, launcher, removeGroup, setFrozen } from "./cgroup";
import { initOf, killAll, processesIn } from "./processes";

/** systemd-nspawn ends with this when the system inside asked for a reboot. */
const REBOOT = 133;
/** systemd as the first process obeys these (systemd(1), SIGNALS); the numbers are glibc's SIGRTMIN+4 and +5. */
const POWEROFF_SIGNAL = 38;
const REBOOT_SIGNAL = 39;

/** Why a machine stopped: pulled plug, the system inside powered off, or it wants to be booted again. */
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
            // a group of its own: a Ctrl-C meant for the daemon is none for the servers
            detached: true,
            stdio: ["ignore", log, log],
            env: {
                PATH: process.env.PATH,
                // as on a server of today, whatever this machine has
                SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
                // sysctl works, for the server's own network
                SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
            },
        });
        fs.closeSync(log);
        return new Machine(name, child);
    }

    /** Pulls the plug. */
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
        // what root of a virtual machine has and keepalived, nft or an agent use
        "--capability=CAP_NET_ADMIN,CAP_IPC_LOCK",
        ...(suppressesSync() ? ["--suppress-sync=yes"] : []),
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--console=read-only",
        "--settings=no",
        // words after the options go to the system's first process
        "systemd.show_status=yes",
    ];
}

let known: boolean | undefined;

/** Since systemd 250: the disk is a throw-away one, and its flushes would make servers wait for each other. */
function suppressesSync(): boolean {
    known ??= spawnSync("systemd-nspawn", ["--help"], { encoding: "utf8" }).stdout.includes("--suppress-sync");
    return known;
}
