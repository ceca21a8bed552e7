/** Servers, by the system's own ssh: with the operator's agent, configuration, known hosts and jump hosts. */
import { spawn, type ChildProcess } from "child_process";
import { createHash } from "crypto";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { Problem } from "../problem";
import { collect, collectEnd, collectLines, type FromNode, type Lines, MOST_BYTES, NOTHING } from "../wire/intake";
import { lastLine, plainLines } from "../wire/plain";
import { sh, type ShellCommand } from "./shell";

export interface Server {
    /** How messages call it. */
    name: string;
    /** user@address, or what ssh's configuration knows. */
    target: string;
    /** Known beforehand: then only a server with this key is talked to. Otherwise ssh's own rules are in force. */
    hostKey?: string;
}

export interface Answer {
    code: number;
    /** Empty if the lines were taken as they came. */
    stdout: FromNode;
    /** The end of it, plain text. */
    stderr: string;
}

export interface RunOptions {
    input?: string;
    /** Default 20: more than `alias-switch status` takes when the API does not answer. */
    seconds?: number;
    /** Bytes that it may print: then it is ended. */
    most?: number;
    /** Takes stdout line by line. */
    lines?: Lines;
}

/** A server that could not be reached, or not in time; the message says which, and why. */
export class Unreachable extends Problem {}

/** A server that prints without end. */
export class TooMuch extends Unreachable {}

/** What the commands need of it. */
export type Ssh = Pick<SystemSsh, "run" | "start" | "close">;

export class SystemSsh {
    private folder: string | undefined;
    private readonly running = new Set<ChildProcess>();
    /** The nodes that have answered a command: the next one opens the connection that all later ones share. */
    private readonly answered = new Set<string>();
    private readonly shared = new Set<string>();

    /**
     * @param identity A private key's file; default: what ssh finds.
     * @param options ssh's own, "Name=value".
     */
    constructor(
        private readonly identity: string | undefined,
        private readonly options: string[],
    ) {}

    /**
     * Ends within `seconds` and `most` bytes, whatever the server does.
     *
     * @throws Unreachable; Problem if there is no ssh here. A command that fails is an answer too.
     */
    run(server: Server, command: ShellCommand, options: RunOptions = {}): Promise<Answer> {
        const { input = "", seconds = 20, most = MOST_BYTES, lines } = options;
        this.share(server);
        return new Promise((resolve, reject) => {
            const child = this.start(server, command);
            const done = (settle: () => void) => {
                clearTimeout(timer);
                settle();
            };
            const stop = (error: Unreachable) => {
                this.kill(child, "SIGKILL");
                done(() => reject(error));
            };
            const timer = setTimeout(
                () => stop(new Unreachable(`${describe(server)} did not answer within ${seconds} s`)),
                seconds * 1000,
            );
            const tooMuch = () =>
                stop(new TooMuch(`${describe(server)} printed more than ${most} bytes and was cut off`));
            const stdout = lines === undefined ? collect(child.stdout!, most, tooMuch) : () => NOTHING;
            if (lines !== undefined) {
                collectLines(child.stdout!, lines, most, tooMuch);
            }
            const stderr = collectEnd(child.stderr!);
            // who ended early has not read everything
            child.stdin!.on("error", () => undefined);
            child.stdin!.end(input);
            child.on("error", () => done(() => reject(new Problem(NO_SSH))));
            child.on("close", (code) =>
                done(() => {
                    if (code === null) {
                        reject(new Unreachable(`the connection to ${describe(server)} was ended here`));
                    } else if (code === 255) {
                        reject(new Unreachable(`${describe(server)} cannot be reached: ${whyNot(stderr(), server)}`));
                    } else {
                        this.answered.add(server.target);
                        resolve({ code, stdout: stdout(), stderr: plainLines(stderr()) });
                    }
                }),
            );
        });
    }

    /** The same as a process, for who wants to talk with it. */
    start(server: Server, command: ShellCommand): ChildProcess {
        // a group of its own: Ctrl-C is for us, who have to mend what is broken
        const child = spawn("ssh", this.words(server, command), { stdio: ["pipe", "pipe", "pipe"], detached: true });
        return this.keep(child);
    }

    /** Ends what still runs, and removes what was written. */
    close(): void {
        this.running.forEach((child) => this.kill(child, "SIGTERM"));
        if (this.folder !== undefined) {
            fs.rmSync(this.folder, { recursive: true, force: true });
            this.folder = undefined;
        }
    }

    /**
     * Opens a connection to a node that all later commands go through (ssh's ControlMaster), as most of a command's time is the
     * making of one. Where it is not there yet, or not any more, ssh makes a connection for the command alone.
     */
    private share(server: Server): void {
        const { target, hostKey } = server;
        if (hostKey === undefined || !this.answered.has(target) || this.shared.has(target)) {
            return;
        }
        this.shared.add(target);
        // its session ends with our end of the pipe, so that nothing stays behind if we are killed
        const words = this.words(server, sh`cat`, ["ControlMaster=yes", "ControlPersist=no"]);
        if (words.includes("ControlPath=none")) {
            return;
        }
        const master = this.keep(spawn("ssh", words, { stdio: ["pipe", "ignore", "ignore"], detached: true }));
        master.stdin!.on("error", () => undefined);
        const gone = () => {
            this.shared.delete(target);
            this.answered.delete(target);
        };
        master.on("error", gone).on("close", gone);
    }

    private keep(child: ChildProcess): ChildProcess {
        this.running.add(child);
        child.on("close", () => this.running.delete(child));
        return child;
    }

    /** With the helpers that it has started for a jump host: they would hold the pipes open. */
    private kill(child: ChildProcess, signal: NodeJS.Signals): void {
        try {
            if (child.pid !== undefined) {
                process.kill(-child.pid, signal);
            }
        } catch {
            // it has ended
        }
        if (signal === "SIGKILL") {
            [child.stdin, child.stdout, child.stderr].forEach((stream) => stream?.destroy());
        }
    }

    private words(server: Server, command: ShellCommand, first: string[] = []): string[] {
        // ssh takes the first value that it finds
        const options = [
            ...first,
            ...(server.hostKey === undefined ? [] : this.pin(server.target, server.hostKey)),
            ...NOTHING_LENT,
            ...this.options,
            "BatchMode=yes",
            "ConnectTimeout=5",
            "ServerAliveInterval=3",
            "ServerAliveCountMax=2",
            "LogLevel=ERROR",
        ];
        const identity = this.identity === undefined ? [] : ["-i", this.identity];
        return [...options.flatMap((option) => ["-o", option]), ...identity, "-T", "--", server.target, command];
    }

    private pin(target: string, hostKey: string): string[] {
        this.folder ??= fs.mkdtempSync(path.join(os.tmpdir(), "failover-"));
        const alias = target.replace(/^.*@/, "");
        const file = path.join(this.folder, createHash("sha256").update(target).digest("hex").slice(0, 16));
        fs.writeFileSync(file, `${alias} ${hostKey}\n`);
        const algorithm = hostKey.split(" ")[0];
        return [
            `UserKnownHostsFile=${file}`,
            "GlobalKnownHostsFile=/dev/null",
            `HostKeyAlias=${alias}`,
            `HostKeyAlgorithms=${algorithm}`,
            "StrictHostKeyChecking=yes",
            "UpdateHostKeys=no",
            "VerifyHostKeyDNS=no",
            "NoHostAuthenticationForLocalhost=no",
            // a connection that the operator shares was made by the rules of another ssh
            `ControlPath=${socketOf(file)}`,
        ];
    }
}

/** Beside a node's known hosts, in a folder that only this user can enter; none where ssh could not make it. */
function socketOf(file: string): string {
    const socket = `${file}.s`;
    const plain = /^[\w./+-]+$/.test(socket);
    return plain && socket.length <= LONGEST_SOCKET ? socket : "none";
}

/** macOS has 104 bytes for a socket's path, of which ssh takes 17 for itself and one ends it. */
const LONGEST_SOCKET = 104 - 17 - 1;

const NO_SSH = "ssh cannot be started: install OpenSSH's client (Debian: apt-get install openssh-client)";

/** What the operator's own configuration may lend to servers, and a node must not get: the agent, ports, a display, this machine's shell. */
const NOTHING_LENT = [
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "Tunnel=no",
    "GSSAPIDelegateCredentials=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    // the operator's own would stay behind and hold the pipes open
    "ControlMaster=no",
];

function describe({ name, target }: Server): string {
    return name === target ? name : `${name} (${target})`;
}

/** Makes a rebuilt server a member again: the update knows it by the host key of its first boot, and says so if it is another machine. */
export const REJOIN = "pulumi up --refresh";

/** What marks the message of a server with another host key. */
export const OTHER_KEY = "Either it is another machine";

/** What ssh said, and what can be done about it. */
function whyNot(stderr: string, { hostKey }: Server): string {
    const lines = stderr
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !/^@|^IT IS POSSIBLE|^Someone could be|^It is also possible/.test(line));
    const said = lastLine(lines.at(-1) ?? "", "ssh did not say why");
    if (/Permission denied/.test(stderr)) {
        return `${said} Give the private key with --identity, or load it into the SSH agent`;
    }
    if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
        const way = hostKey === undefined ? "compare, then log in once by hand" : `if it was rebuilt: ${REJOIN}`;
        return `${said} ${OTHER_KEY}, or the server was rebuilt and has another host key; ${way}`;
    }
    return said;
}
