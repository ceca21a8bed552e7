import type { Client, ClientChannel } from "ssh2";

export interface Output {
    stdout: string;
    stderr: string;
}

export interface RunOptions {
    environment: Record<string, string>;
    stdin?: string;
    onStdout: (chunk: Buffer) => void;
    onStderr: (chunk: Buffer) => void;
}

/** Runs one command to its end. The error of a failure contains the command and all its output in its order. */
export async function run(client: Client, command: string, options: RunOptions): Promise<Output> {
    const channel = await open(client, command, options);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const both: Buffer[] = [];
    channel.on("data", (chunk: Buffer) => {
        stdout.push(chunk);
        both.push(chunk);
        options.onStdout(chunk);
    });
    channel.stderr.on("data", (chunk: Buffer) => {
        stderr.push(chunk);
        both.push(chunk);
        options.onStderr(chunk);
    });
    const end = waitForEnd(channel);
    // a command that does not read its input may end before all of it was sent
    channel.on("error", () => undefined);
    channel.end(options.stdin ?? "");
    const failure = await end;
    if (failure !== undefined) {
        throw new Error(`${failure}: running ${JSON.stringify(command)}:\n${Buffer.concat(both).toString()}`);
    }
    return { stdout: withoutLastNewline(stdout), stderr: withoutLastNewline(stderr) };
}

function open(client: Client, command: string, options: RunOptions): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
        client.once("close", () => reject(new Error("the server closed the connection")));
        client.exec(command, { env: options.environment }, (error, channel) =>
            error === undefined ? resolve(channel) : reject(error),
        );
    });
}

function waitForEnd(channel: ClientChannel): Promise<string | undefined> {
    return new Promise((resolve) => {
        let failure: string | undefined = "wait: remote command exited without exit status or exit signal";
        channel.on("exit", (code: number | null, signal?: string, _dumped?: string, reason?: string) => {
            failure = code === 0 ? undefined : exitMessage(code, signal, reason);
        });
        channel.on("close", () => resolve(failure));
    });
}

const SIGNALS: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, ABRT: 6, KILL: 9, SEGV: 11, PIPE: 13, TERM: 15 };

function exitMessage(code: number | null, signalName = "", reason = ""): string {
    const bare = signalName.replace(/^SIG/, "");
    const status = code ?? 128 + (SIGNALS[bare] ?? 0);
    return (
        `Process exited with status ${status}` +
        (bare === "" ? "" : ` from signal ${bare}`) +
        (reason === "" ? "" : `. Reason was: ${reason}`)
    );
}

const withoutLastNewline = (chunks: Buffer[]): string => Buffer.concat(chunks).toString().replace(/\n$/, "");
