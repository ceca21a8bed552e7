/** Servers, by the system's own ssh: with the operator's agent, configuration, known hosts and jump hosts. */
import { spawn, type ChildProcess } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { Problem } from "../problem";

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
    stdout: string;
    stderr: string;
}

export interface RunOptions {
    input?: string;
    /** Default 20: more than `alias-switch status` takes when the API does not answer. */
    seconds?: number;
    onOutput?: (chunk: string) => void;
}

/** A server that could not be reached, or not in time; the message says which, and why. */
export class Unreachable extends Problem {}

export class Ssh {
    private folder: string | undefined;
    private readonly running = new Set<ChildProcess>();

    /**
     * @param identity A private key's file; default: what ssh finds.
     * @param options ssh's own, "Name=value".
     */
    constructor(
        private readonly identity: string | undefined,
        private readonly options: string[],
    ) {}

    /** @throws Unreachable; Problem if there is no ssh here. A command that fails is an answer too. */
    run(server: Server, command: string, { input = "", seconds = 20, onOutput }: RunOptions = {}): Promise<Answer> {
        return new Promise((resolve, reject) => {
            const child = this.start(server, command);
            const answer = { code: 0, stdout: "", stderr: "" };
            let late = false;
            const timer = setTimeout(() => {
                late = true;
                child.kill("SIGKILL");
            }, seconds * 1000);
            child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
                answer.stdout += chunk;
                onOutput?.(chunk);
            });
            child.stderr!.setEncoding("utf8").on("data", (chunk: string) => (answer.stderr += chunk));
            // who ended early has not read everything
            child.stdin!.on("error", () => undefined);
            child.stdin!.end(input);
            child.on("error", () => {
                clearTimeout(timer);
                reject(
                    new Problem(
                        "ssh cannot be started: install OpenSSH's client (Debian: apt-get install openssh-client)",
                    ),
                );
            });
            child.on("close", (code) => {
                clearTimeout(timer);
                if (late || code === null) {
                    reject(new Unreachable(`${describe(server)} did not answer within ${seconds} s`));
                } else if (code === 255) {
                    reject(new Unreachable(`${describe(server)} cannot be reached: ${whyNot(answer.stderr, server)}`));
                } else {
                    resolve({ ...answer, code });
                }
            });
        });
    }

    /** The same as a process, for who wants to talk with it. */
    start(server: Server, command: string): ChildProcess {
        // a group of its own: Ctrl-C is for us, who have to mend what is broken
        const child = spawn("ssh", this.words(server, command), { stdio: ["pipe", "pipe", "pipe"], detached: true });
        this.running.add(child);
        child.on("close", () => this.running.delete(child));
        return child;
    }

    /** Ends what still runs, and removes what was written. */
    close(): void {
        this.running.forEach((child) => child.kill());
        if (this.folder !== undefined) {
            fs.rmSync(this.folder, { recursive: true, force: true });
            this.folder = undefined;
        }
    }

    private words(server: Server, command: string): string[] {
        // ssh takes the first value that it finds
        const options = [
            ...(server.hostKey === undefined ? [] : this.pin(server.target, server.hostKey)),
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
        const file = path.join(this.folder, alias);
        fs.writeFileSync(file, `${alias} ${hostKey}\n`);
        const algorithm = hostKey.split(" ")[0];
        return [
            `UserKnownHostsFile=${file}`,
            "GlobalKnownHostsFile=/dev/null",
            `HostKeyAlias=${alias}`,
            `HostKeyAlgorithms=${algorithm}`,
            "StrictHostKeyChecking=yes",
            "UpdateHostKeys=no",
        ];
    }
}

function describe({ name, target }: Server): string {
    return name === target ? name : `${name} (${target})`;
}

/**
 * Accepts a new host key and makes the node behind it a member again: what a rebuilt server needs, whose API id, name and
 * addresses are the old ones, so that an update has nothing to do.
 */
export function rejoin(node: string): string {
    return `pulumi up --replace '**::${node}-ready'`;
}

/** What marks the message of a server with another host key. */
export const OTHER_KEY = "Either it is another machine";

/** What ssh said, and what can be done about it. */
function whyNot(stderr: string, { name, hostKey }: Server): string {
    const lines = stderr
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !/^@|^IT IS POSSIBLE|^Someone could be|^It is also possible/.test(line));
    const said = lines.at(-1) ?? "ssh did not say why";
    if (/Permission denied/.test(stderr)) {
        return `${said} Give the private key with --identity, or load it into the SSH agent`;
    }
    if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
        const way = hostKey === undefined ? "compare, then log in once by hand" : `if it was rebuilt: ${rejoin(name)}`;
        return `${said} ${OTHER_KEY}, or the server was rebuilt and has another host key; ${way}`;
    }
    return said;
}
