import { timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, utils, type ConnectConfig, type ParsedKey } from "ssh2";
import type { Connection } from "./inputs";

const FIRST_DELAY_MS = 100;
const BACKOFF = 1.5;
const LONGEST_DELAY_MS = 5_000;

/** Dials until the server lets us in, as often as the connection's dialErrorLimit forgives. */
export async function dial(
    connection: Connection,
    signal: AbortSignal,
    onRetry: (message: string) => void,
): Promise<Client> {
    const config = sshConfig(connection);
    const limit = connection.dialErrorLimit;
    let delay = FIRST_DELAY_MS;
    for (let failures = 0; ; failures++) {
        try {
            return await connect(config, signal);
        } catch (error) {
            signal.throwIfAborted();
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
        agent: connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK,
        // the private key takes preference over the password
        authHandler: ["none", "publickey", "password", "keyboard-interactive", "agent"],
        readyTimeout: connection.perDialTimeout * 1000,
        ...(hostKey === undefined ? {} : pin(parseKey(hostKey, "host key"), mismatch)),
    };
}

/** The algorithm is pinned with the key: a server with several keys must show the one that we know. */
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

function connect(config: SshConfig, signal: AbortSignal): Promise<Client> {
    return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const client = new Client();
        const fail = (error: Error): void => {
            signal.removeEventListener("abort", abort);
            client.destroy();
            reject(config.mismatch.found ? new Error("ssh: handshake failed: ssh: host key mismatch") : error);
        };
        const abort = (): void => fail(signal.reason as Error);
        signal.addEventListener("abort", abort);
        // the handshake's small packets would each wait 40 ms for the one before
        client.once("connect", () => client.setNoDelay(true));
        client.once("ready", () => {
            signal.removeEventListener("abort", abort);
            resolve(client);
        });
        client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
            finish(prompts.map(() => config.password ?? "")),
        );
        // stays for the client's whole life: a connection that breaks later shows at the command that runs on it
        client.on("error", fail);
        client.on("close", () => fail(new Error("the server closed the connection during the handshake")));
        client.connect(config);
    });
}
