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

const AGENT = join(__dirname, "..", "..", "scripts", "node", "alias-switch");
export const VIP = "10.0.1.1";

/** What agent.json holds, as far as tests look at it. */
export interface AgentState {
    master: boolean;
    confirmed: boolean;
    vrrp: string | null;
    lastClaim: {
        from: string | null;
        seconds: number;
        requests: number;
        failedTries: number;
        steps: Record<string, number>;
    } | null;
    lastError: { cause: string; text: string; over: boolean } | null;
    tokenValid: boolean | null;
}

export interface NodeSettings {
    netns: string;
    folder: string;
    nic: string;
    config: { node: string; address: string; vips: string[] } & Record<string, unknown>;
    token: string;
}

/** One node: its NIC in the namespace, the agent as a process, and what keepalived would do to both. */
export class AgentNode {
    /** The agent's lines, as the journal would get them. */
    readonly log: string[] = [];
    /** In performance.now()'s time. */
    promotedAt = -Infinity;
    private process: ChildProcess | undefined;

    constructor(private readonly settings: NodeSettings) {
        mkdirSync(this.runDir, { recursive: true });
        this.configure({});
        this.replaceToken(settings.token);
    }

    get name(): string {
        return this.settings.config.node;
    }

    get runDir(): string {
        return join(this.settings.folder, "run");
    }

    /** Takes effect at the next start. */
    configure(changes: Record<string, unknown>): void {
        const files = { runDir: this.runDir, tokenFile: this.file("token") };
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

    /** Starts the agent and waits until it has looked at the API once, or said why it could not. */
    async start(): Promise<void> {
        const from = this.log.length;
        this.process = spawn(
            "nsenter",
            [`--net=/run/netns/${this.settings.netns}`, AGENT, "--config", this.file("config.json"), "run"],
            {
                stdio: ["ignore", "inherit", "pipe"],
            },
        );
        createInterface({ input: this.process.stderr! }).on("line", (line) => this.log.push(line));
        await until(
            `${this.name} to start`,
            10_000,
            () => this.log.slice(from).some((line) => line.includes(" started: ")),
            10,
        );
        await until(`${this.name} to be warm`, 10_000, () => {
            const { tokenValid, lastError } = this.state();
            return tokenValid !== null || lastError?.over === false;
        });
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

    /** As keepalived does: the addresses first, then the notification. */
    async promote(): Promise<void> {
        this.promotedAt = performance.now();
        await this.addVips();
        this.notify("MASTER");
    }

    async demote(state: "BACKUP" | "FAULT" = "BACKUP"): Promise<void> {
        await this.removeVips();
        this.notify(state);
    }

    async addVips(vips = this.settings.config.vips): Promise<void> {
        await Promise.all(vips.map((vip) => this.ip("address", "add", `${vip}/32`, "dev", this.settings.nic)));
    }

    async removeVips(vips = this.settings.config.vips): Promise<void> {
        await Promise.all(vips.map((vip) => this.ip("address", "del", `${vip}/32`, "dev", this.settings.nic)));
    }

    /** A line in keepalived's notify FIFO. */
    notify(state: string): void {
        this.write(`INSTANCE "web" ${state} 250\n`);
    }

    write(text: string): void {
        const fifo = openSync(join(this.runDir, "vrrp.fifo"), constants.O_RDWR | constants.O_NONBLOCK);
        writeSync(fifo, text);
        closeSync(fifo);
    }

    state(): AgentState {
        const path = join(this.runDir, "agent.json");
        const none = {
            master: false,
            confirmed: false,
            vrrp: null,
            lastClaim: null,
            lastError: null,
            tokenValid: null,
        };
        return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as AgentState) : none;
    }

    metrics(): string {
        return readFileSync(join(this.runDir, "metrics.prom"), "utf8");
    }

    said(pattern: RegExp): number {
        return this.log.filter((line) => pattern.test(line)).length;
    }

    /** One of the operator's commands. */
    command(args: string[], input = "", env: Record<string, string> = {}): execa.ExecaChildProcess {
        const words = [`--net=/run/netns/${this.settings.netns}`, AGENT, "--config", this.file("config.json"), ...args];
        return execa("nsenter", words, { input, env, reject: false });
    }

    private async ip(...args: string[]): Promise<void> {
        await execa("ip", ["-netns", this.settings.netns, ...args]);
    }
}
