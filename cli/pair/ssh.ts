/**
 * Runs commands on servers with the system's ssh: with the operator's agent, configuration, known hosts and jump hosts.
 */
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
    /** The name for messages. */
    name: string;
    /** user@address, or a host of ssh's configuration. */
    target: string;
    /** The host key, if it is known: then no other key is accepted. Otherwise ssh's own rules apply. */
    hostKey?: string;
}

export interface Answer {
    code: number;
    /** Empty if `lines` took the output. */
    stdout: FromNode;
    /** The end of stderr, as plain text. */
    stderr: string;
}

export interface RunOptions {
    input?: string;
    /** Default: 20, which is more than `alias-switch status` takes when the API does not answer. */
    seconds?: number;
    /** The most bytes of output. A command that prints more is ended. */
    most?: number;
    /** Takes stdout line by line. */
    lines?: Lines;
}

/** A server could not be reached in time. The message says which server, and why. */
export class Unreachable extends Problem {}

/** A server printed too much. */
export class TooMuch extends Unreachable {}

/** What the commands use of ssh. */
export type Ssh = Pick<SystemSsh, "run" | "start" | "close">;

export class SystemSsh {
    private folder: string | undefined;
    private readonly running = new Set<ChildProcess>();
    /**
     * The nodes that have answered a command. The next command to a node opens the connection that all later ones
     * share.
     */
    private readonly answered = new Set<string>();
    private readonly shared = new Set<string>();

    /**
     * @param identity The file of a private key. Default: the keys that ssh finds.
     * @param options Options of ssh, "Name=value".
     */
    constructor(
        private readonly identity: string | undefined,
        private readonly options: string[],
    ) {}

    /**
     * Runs a command. It ends within `seconds` and `most` bytes in any case.
     *
     * @throws Unreachable; Problem if ssh is not installed here. A failed command is not an error.
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
            // a process that ended early has not read everything
            child.stdin!.on("error", () => undefined);
            child.stdin!.end(input);
            child.on("error", () => done(() => reject(new Problem(NO_SSH))));
            child.on("close", (code) =>
                done(() => {
                    if (code === null) {
                        reject(new Unreachable(`this program ended the connection to ${describe(server)}`));
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

    /** The same as a running process, for callers that read its output. */
    start(server: Server, command: ShellCommand): ChildProcess {
        // a process group of its own: Ctrl-C must reach only this program, which has to undo its changes
        const child = spawn("ssh", this.words(server, command), { stdio: ["pipe", "pipe", "pipe"], detached: true });
        return this.keep(child);
    }

    /** Ends the running processes, and removes the temporary files. */
    close(): void {
        this.running.forEach((child) => this.kill(child, "SIGTERM"));
        if (this.folder !== undefined) {
            fs.rmSync(this.folder, { recursive: true, force: true });
            this.folder = undefined;
        }
    }

    /**
     * Opens a connection to a node that all later commands share (ssh's ControlMaster), because opening one takes most
     * of a command's time. While it does not exist, ssh opens a connection for each command.
     */
    private share(server: Server): void {
        const { target, hostKey } = server;
        if (hostKey === undefined || !this.answered.has(target) || this.shared.has(target)) {
            return;
        }
        this.shared.add(target);
        // its session ends with this program's end of the pipe, so that it also ends if this program is killed
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

    /** Ends a process with its helpers for a jump host, which would hold the pipes open. */
    private kill(child: ChildProcess, signal: NodeJS.Signals): void {
        try {
            if (child.pid !== undefined) {
                process.kill(-child.pid, signal);
            }
        } catch {
            // the process has ended
        }
        if (signal === "SIGKILL") {
            [child.stdin, child.stdout, child.stderr].forEach((stream) => stream?.destroy());
        }
    }

    private words(server: Server, command: ShellCommand, first: string[] = []): string[] {
        // ssh uses the first value of an option
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
            // the operator's own shared connection was opened with other options
            `ControlPath=${socketOf(file)}`,
        ];
    }
}

/**
 * The socket's path: in the folder of the node's known hosts, which only this user can enter; "none" if ssh could not
 * create it.
 */
function socketOf(file: string): string {
    const socket = `${file}.s`;
    const plain = /^[\w./+-]+$/.test(socket);
    return plain && socket.length <= LONGEST_SOCKET ? socket : "none";
}

/** macOS allows 104 bytes for a socket's path. ssh needs 17 of them, and the end mark needs one. */
const LONGEST_SOCKET = 104 - 17 - 1;

const NO_SSH = "cannot start ssh: install OpenSSH's client (Debian: apt-get install openssh-client)";

/**
 * Turns off what the operator's configuration may share with servers and a node must not get: the agent, ports, a
 * display, this machine's shell.
 */
const NOTHING_LENT = [
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "Tunnel=no",
    "GSSAPIDelegateCredentials=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    // the operator's own helper process would stay and hold the pipes open
    "ControlMaster=no",
];

function describe({ name, target }: Server): string {
    return name === target ? name : `${name} (${target})`;
}

/**
 * Sets up a rebuilt server again. The update recognises it by the host key of its first boot, and refuses another
 * machine.
 */
export const REJOIN = "pulumi up --refresh";

/** The start of the message about another host key. */
export const OTHER_KEY = "Either it is another machine";

/** The message of ssh, and what to do. */
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
        const way =
            hostKey === undefined ? "compare the key, then log in once by hand" : `if it was rebuilt: ${REJOIN}`;
        return `${said} ${OTHER_KEY}, or the server was rebuilt and has another host key; ${way}`;
    }
    return said;
}
