import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
    closeSync,
    constants,
    existsSync,
    mkdirSync,
    openSync,
    readFileSync,
    renameSync,
    writeFileSync,
    writeSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import execa from "execa";
import { until } from "../stack/until";
import { installed } from "./installed";
import type { Namespace } from "./namespace";

export const VIP = "10.0.1.1";

/** Parses agent.json, the second argument, with the package in the archive of the first argument. */
const READ_BACK =
    "import sys; sys.path.insert(0, sys.argv[1]); from failover_pair import readers; readers.read_fields(sys.argv[2], readers.SAVED)";

/** The fields of agent.json that tests use. */
export interface AgentState {
    /** The time of writing, in seconds. */
    at: number;
    master: boolean;
    confirmed: boolean;
    vrrp: string | null;
    carriedBy: string | null;
    lastClaim: {
        from: string | null;
        seconds: number;
        requests: number;
        failedTries: number;
        steps: Record<string, number>;
    } | null;
    lastError: { cause: string; text: string; over: boolean } | null;
    tokenValid: boolean | null;
    hearsVrrp: boolean | null;
    /** Turns of its loop, and messages to the peer. */
    wakeups: number;
    settledBy: string | null;
}

const NO_STATE: AgentState = {
    at: 0,
    master: false,
    confirmed: false,
    vrrp: null,
    carriedBy: null,
    lastClaim: null,
    lastError: null,
    tokenValid: null,
    hearsVrrp: null,
    wakeups: 0,
    settledBy: null,
};

export interface NodeSettings {
    namespace: Namespace;
    folder: string;
    nic: string;
    config: { node: string; address: string; vips: string[] } & Record<string, unknown>;
    token: string;
}

/** One node: its NIC in the namespace, the agent's process, and a stand-in for keepalived's effects on both. */
export class AgentNode {
    /** The agent's output, as the journal would get it. */
    readonly log: string[] = [];
    /** As returned by performance.now(). */
    promotedAt = -Infinity;
    /** The times as MASTER (ms since 1970), from and to. The last one may be open. */
    readonly mastership: { from: number; to: number }[] = [];
    /** Wraps the agent's command line. */
    launcher = (words: string[]): string[] => words;
    private process: ChildProcess | undefined;

    constructor(private readonly settings: NodeSettings) {
        mkdirSync(join(this.runDir, "agent"), { recursive: true });
        this.serviceSays("guard", `{"ready": true}`);
        this.configure({});
        this.replaceToken(settings.token);
    }

    get name(): string {
        return this.settings.config.node;
    }

    get runDir(): string {
        return join(this.settings.folder, "run");
    }

    /** Takes effect at the agent's next start. */
    configure(changes: Record<string, unknown>): void {
        const files = {
            runDir: this.runDir,
            tokenFile: this.file("token"),
            keepalivedConf: this.file("keepalived.conf"),
        };
        Object.assign(this.settings.config, files, changes);
        writeFileSync(this.file("config.json"), JSON.stringify(this.settings.config));
    }

    replaceToken(token: string): void {
        writeFileSync(this.file("token.new"), `${token}\n`, { mode: 0o600 });
        renameSync(this.file("token.new"), this.file("token"));
    }

    file(name: string): string {
        return join(this.settings.folder, name);
    }

    /** The path of a file that the agent writes. */
    ownFile(name: string): string {
        return join(this.runDir, "agent", name);
    }

    /** Writes the bridge's state file. */
    bridgeSays(text: string): void {
        this.serviceSays("bridge", text);
    }

    private serviceSays(service: "bridge" | "guard", text: string): void {
        mkdirSync(join(this.runDir, "bridge"), { recursive: true });
        writeFileSync(join(this.runDir, "bridge", `${service}.json`), text);
    }

    /** Sets systemd's answer to this question, from the agent's next start on. Other questions get no answer. */
    systemdSays(question: "show" | "is-system-running", answer: string): void {
        const bin = this.file("bin");
        mkdirSync(bin, { recursive: true });
        const asked = `echo "$1" >>${this.file("asked")}`;
        const script = `#!/bin/sh\n${asked}\n[ "$1" != ${question} ] || echo ${answer}\n`;
        writeFileSync(join(bin, "systemctl"), script, { mode: 0o755 });
        this.launcher = (words) => ["env", `PATH=${bin}:${process.env.PATH}`, ...words];
    }

    /** How often systemd was asked this since `systemdSays`. An answer that is not asked for proves nothing. */
    askedSystemd(question: "show" | "is-system-running"): number {
        const asked = existsSync(this.file("asked")) ? readFileSync(this.file("asked"), "utf8").split("\n") : [];
        return asked.filter((one) => one === question).length;
    }

    /** The value in a track_file of keepalived's, or nothing without the file. */
    flag(name: string): string {
        const path = join(this.runDir, name);
        return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
    }

    /** Starts the agent and waits until it is ready. */
    async launch(): Promise<void> {
        const from = this.log.length;
        this.process = spawn("nsenter", this.inside(["run"]), { stdio: ["ignore", "inherit", "pipe"] });
        createInterface({ input: this.process.stderr! }).on("line", (line) => this.log.push(line));
        await until(`${this.name} to start`, 10_000, () => this.said(/ started: /, from) > 0, 10);
    }

    /** Starts the agent and waits until it has read from the API, or has logged why it could not. */
    async start(): Promise<void> {
        await this.launch();
        await until(
            `${this.name} to be warm`,
            10_000,
            () => {
                const { tokenValid, lastError } = this.state();
                return tokenValid !== null || lastError?.over === false;
            },
            10,
        );
    }

    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
        if (this.process?.exitCode === null && this.process.signalCode === null) {
            const ended = once(this.process, "exit");
            this.process.kill(signal);
            await ended;
        }
        this.process = undefined;
    }

    signal(signal: NodeJS.Signals): void {
        this.process!.kill(signal);
    }

    /** The id of the agent's process, which differs for each start. */
    get pid(): number | undefined {
        return this.process?.exitCode === null ? this.process.pid : undefined;
    }

    /** The CPU time that the agent has used, in seconds. */
    cpuSeconds(): number {
        const fields = readFileSync(`/proc/${this.process!.pid}/stat`, "utf8").split(") ")[1].split(" ");
        return (Number(fields[11]) + Number(fields[12])) / 100;
    }

    /** Makes the node MASTER as keepalived does: the addresses first, then the notification. */
    async promote(): Promise<void> {
        await this.addVips();
        this.notify("MASTER");
    }

    async demote(state: "BACKUP" | "FAULT" = "BACKUP"): Promise<void> {
        await this.removeVips();
        this.notify(state);
    }

    async addVips(vips = this.settings.config.vips): Promise<void> {
        this.promotedAt = performance.now();
        this.mastership.push({ from: Date.now(), to: Infinity });
        await this.changeVips("add", vips);
    }

    async removeVips(vips = this.settings.config.vips): Promise<void> {
        await this.changeVips("del", vips);
        const last = this.mastership.at(-1);
        if (last) {
            last.to = Math.min(last.to, Date.now());
        }
    }

    /** Writes a line into keepalived's notify FIFO. */
    notify(state: string): void {
        this.write(`INSTANCE "web" ${state} 250\n`);
    }

    write(text: string): void {
        // without a reader the message is lost, as keepalived's would be, and that is not an error
        if (existsSync(join(this.runDir, "vrrp.fifo"))) {
            const fifo = openSync(join(this.runDir, "vrrp.fifo"), constants.O_RDWR | constants.O_NONBLOCK);
            writeSync(fifo, text);
            closeSync(fifo);
        }
    }

    state(): AgentState {
        const path = this.ownFile("agent.json");
        return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as AgentState) : NO_STATE;
    }

    /** The errors that the agent's own parser finds in agent.json. */
    complaints(): string {
        const path = this.ownFile("agent.json");
        return existsSync(path)
            ? execa.sync("python3", ["-IBS", "-c", READ_BACK, installed().archive, path]).stderr
            : "";
    }

    metrics(): string {
        return readFileSync(this.ownFile("metrics.prom"), "utf8");
    }

    /** Waits until a line of the metrics matches. The agent writes the metrics after its journal and its state. */
    async tells(metric: RegExp): Promise<void> {
        await until(`${this.name} to tell ${String(metric)}`, 2000, () => metric.test(this.metrics()), 5);
    }

    said(pattern: RegExp, from = 0): number {
        return this.log.slice(from).filter((line) => pattern.test(line)).length;
    }

    /** Runs one of the operator's commands. */
    command(args: string[], input = "", env: Record<string, string> = {}): execa.ExecaChildProcess {
        return execa("nsenter", this.inside(args), { input, env, reject: false });
    }

    private inside(args: string[]): string[] {
        const words = this.launcher([installed().agent, "--config", this.file("config.json"), ...args]);
        return [`--net=/run/netns/${this.settings.namespace.name}`, ...words];
    }

    private changeVips(verb: "add" | "del", vips: string[]): Promise<void> {
        return this.settings.namespace.ip(vips.map((vip) => `address ${verb} ${vip}/32 dev ${this.settings.nic}`));
    }
}
