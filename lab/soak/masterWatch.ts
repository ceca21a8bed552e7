import { ChildProcess, spawn } from "child_process";
import { readlinkSync, statSync } from "fs";
import * as readline from "readline";
import type { Cloud } from "../cloud";
import { NODES, VIP } from "../stack/pair";
import type { Span } from "./invariants";

/**
 * Records when each node had the VIP on its NIC, from the kernel's notifications. This is exact and independent of the
 * node's programs.
 */
export class MasterWatch {
    readonly spans: Span[] = [];
    private readonly monitors = new Map<string, ChildProcess>();
    private buried: NodeJS.Timeout | undefined;
    private stopped = false;

    constructor(private readonly cloud: Cloud) {}

    async start(): Promise<void> {
        const namespaces = await Promise.all(NODES.map((node) => this.cloud.netnsOf(node)));
        NODES.forEach((node, index) => this.follow(node, namespaces[index]));
        // a watch that started while its namespace was being removed stays in the old namespace, where nothing happens
        // any more
        this.buried = setInterval(() => {
            NODES.forEach((node, index) => leaveUnlessIn(namespaces[index], this.monitors.get(node)));
        }, 100);
    }

    stop(): void {
        this.stopped = true;
        clearInterval(this.buried);
        this.monitors.forEach((child) => child.kill());
    }

    /** The monitor ends with the node's namespace, and a node that boots gets another one. */
    private follow(node: string, namespace: string): void {
        const show = `ip -o -4 address show to ${VIP}/32; exec ip -ts -o -4 monitor address`;
        const [program, ...args] = [...this.cloud.nsenterArgs(namespace), "sh", "-c", show];
        const child = spawn(program, args, {
            stdio: ["ignore", "pipe", "ignore"],
            env: { ...process.env, TZ: "UTC" },
        });
        this.monitors.set(node, child);
        readline.createInterface({ input: child.stdout }).on("line", (line) => this.note(node, line));
        child.once("exit", () => {
            this.end(node);
            if (!this.stopped) {
                setTimeout(() => this.follow(node, namespace), 50);
            }
        });
    }

    private note(node: string, line: string): void {
        if (line.includes(` ${VIP}/32 `)) {
            // the monitor's own time, because this process may read the line much later
            const [, stamp, what] = /^(?:\[(\S+)\] )?(.*)$/.exec(line)!;
            const at = stamp === undefined ? Date.now() : Date.parse(`${stamp}Z`);
            this.end(node, at);
            if (!what.startsWith("Deleted")) {
                this.spans.push({ node, from: at, to: Infinity });
            }
        }
    }

    private end(node: string, at = Date.now()): void {
        const open = this.spans.filter((span) => span.node === node && span.to === Infinity);
        open.forEach((span) => (span.to = at));
    }
}

/** Ends a monitor in an old namespace of this name. */
function leaveUnlessIn(namespace: string, monitor: ChildProcess | undefined): void {
    try {
        const inside = readlinkSync(`/proc/${monitor?.pid}/ns/net`);
        const entering = readlinkSync("/proc/self/ns/net");
        if (![entering, `net:[${statSync(`/run/netns/${namespace}`).ino}]`].includes(inside)) {
            monitor?.kill();
        }
    } catch {
        // one of them is just going
    }
}
