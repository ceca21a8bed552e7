import { timingSafeEqual } from "node:crypto";
import { connect as open, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, utils, type ConnectConfig, type ParsedKey } from "ssh2";
import type { Connection } from "./inputs";

const FIRST_DELAY_MS = 100;
const BACKOFF = 1.5;
const LONGEST_DELAY_MS = 5_000;

/**
 * Dials until the login succeeds, with at most dialErrorLimit failures. As in the original, `signal` ends only the
 * pause between two tries, and perDialTimeout limits only the TCP connection: a server that is silent afterwards is
 * waited for.
 */
export async function dial(
    connection: Connection,
    signal: AbortSignal,
    onRetry: (message: string) => void,
): Promise<Client> {
    const config = sshConfig(connection);
    const agent = agentPath(connection);
    if (agent !== undefined) {
        await dialAgent(agent);
    }
    const limit = connection.dialErrorLimit;
    let delay = FIRST_DELAY_MS;
    for (let failures = 0; ; failures++) {
        try {
            return await connect(config, connection.perDialTimeout);
        } catch (error) {
            if (limit >= 0 && failures >= limit) {
                throw new Error(`after ${failures} failed attempts: ${(error as Error).message}`, { cause: error });
            }
            onRetry(`Dial ${failures + 1}/${limit < 0 ? "inf" : limit} failed: retrying`);
        }
        await sleep(delay, undefined, { signal }).catch(() => signal.throwIfAborted());
        delay = Math.min(delay * BACKOFF, LONGEST_DELAY_MS);
    }
}

interface SshConfig extends ConnectConfig {
    /** Set once a server has shown another key than the pinned one. */
    mismatch: { found: boolean };
}

function sshConfig(connection: Connection): SshConfig {
    const { privateKey, privateKeyPassword, hostKey } = connection;
    if (privateKey !== undefined) {
        parseKey(privateKey, "private key", privateKeyPassword);
    }
    const mismatch = { found: false };
    return {
        mismatch,
        host: connection.host,
        port: connection.port,
        username: connection.user,
        privateKey,
        passphrase: privateKeyPassword,
        password: connection.password,
        tryKeyboard: connection.password !== undefined,
        agent: agentPath(connection),
        // the private key comes before the password; Go tries each method once, and an agent and a key are one method
        authHandler: ["none", "publickey", "password", "keyboard-interactive", ...agentMethod(connection)],
        readyTimeout: 0,
        ...(hostKey === undefined ? {} : pin(parseKey(hostKey, "host key"), mismatch)),
    };
}

/** The algorithm is pinned with the key, because a server with several keys must show the known one. */
function pin(expected: ParsedKey, mismatch: { found: boolean }): ConnectConfig {
    const bytes = expected.getPublicSSH();
    return {
        algorithms: { serverHostKey: [expected.type] },
        hostVerifier: (shown: Buffer) => {
            mismatch.found = shown.length !== bytes.length || !timingSafeEqual(shown, bytes);
            return !mismatch.found;
        },
    };
}

function parseKey(text: string, what: string, passphrase?: string): ParsedKey {
    const parsed = utils.parseKey(text, passphrase);
    if (parsed instanceof Error) {
        throw new Error(`failed to parse ${what}: ${parsed.message}`);
    }
    return parsed;
}

/** As in the original: the environment's agent, if the program names none. */
function agentPath({ agentSocketPath }: Connection): string | undefined {
    return agentSocketPath ?? (process.env.SSH_AUTH_SOCK || undefined);
}

const agentMethod = ({ privateKey }: Connection): ["agent"] | [] => (privateKey === undefined ? ["agent"] : []);

/** The original connects to the agent first, even with a key, and fails if there is no agent. */
async function dialAgent(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
        const socket = open(path);
        socket.once("connect", () => resolve(void socket.destroy()));
        socket.once("error", ({ code }: NodeJS.ErrnoException) =>
            reject(new Error(`dial unix ${path}: connect: ${AGENT_ERRORS[code ?? ""] ?? code}`)),
        );
    });
}

const AGENT_ERRORS: Record<string, string> = {
    ENOENT: "no such file or directory",
    ECONNREFUSED: "connection refused",
    EACCES: "permission denied",
};

/** Go sends a keep-alive probe every 15 s, so a server that dies during a command is noticed. */
const KEEP_ALIVE_MS = 15_000;

function tcp({ host, port }: SshConfig, seconds: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
        const socket = open({
            host,
            port: port!,
            noDelay: true,
            keepAlive: true,
            keepAliveInitialDelay: KEEP_ALIVE_MS,
        });
        const timeUp = (): void => void socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`));
        const timer = seconds > 0 ? setTimeout(timeUp, seconds * 1000) : undefined;
        socket.once("error", reject);
        socket.once("connect", () => {
            clearTimeout(timer);
            socket.off("error", reject);
            resolve(socket);
        });
        socket.once("close", () => clearTimeout(timer));
    });
}

async function connect(config: SshConfig, perDialTimeout: number): Promise<Client> {
    const sock = await tcp(config, perDialTimeout);
    return new Promise((resolve, reject) => {
        const client = new Client();
        const fail = (error: Error): void => {
            client.destroy();
            reject(config.mismatch.found ? new Error("ssh: handshake failed: ssh: host key mismatch") : error);
        };
        client.once("ready", () => resolve(client));
        client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
            finish(prompts.map(() => config.password ?? "")),
        );
        // stays for the client's whole life, because a later break of the connection is an error of the running command
        client.on("error", fail);
        client.on("close", () => fail(new Error("the server closed the connection during the handshake")));
        client.connect({ ...config, sock });
    });
}
