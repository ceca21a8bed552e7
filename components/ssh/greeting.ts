import { Client } from "ssh2";
import { hostKeyFrom } from "./hostKeys";
import type { JumpHost } from "./sshStream";
import { openStream } from "./sshStream";

/** The result of one try to reach an SSH server. "silent" is a connection without a greeting. */
export type Greeting = "greets" | "silent" | "unreachable";

/** The address of an SSH server, and how long it may take to answer (s). */
export interface Asked {
    host: string;
    port?: number;
    via?: JumpHost;
    seconds?: number;
}

/** Time limits to connect and to receive the greeting, s. */
const ONE_TRY = 5;
const PAUSE = 1;

/** The types of host keys in the order of preference. A server shows the first type that it has. */
const KINDS = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
] as const;

/**
 * Waits while the SSH server accepts connections and sends nothing. The command plugin can handle every other state: it
 * limits the time to connect and the number of tries, but waits for the greeting without a limit, and `customTimeouts`
 * do not interrupt that (pulumi-command 1.2.1 with golang.org/x/crypto/ssh, golang/go#51926).
 *
 * @returns the result of the last try; "silent" if the server was still silent after `within` seconds
 */
export async function patientGreeting(asked: Asked, within: number): Promise<Greeting> {
    const end = performance.now() + within * 1000;
    for (;;) {
        const found = await greeting(asked);
        if (found !== "silent" || performance.now() >= end) {
            return found;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE * 1000));
    }
}

/** One try. Other lines may precede the greeting (RFC 4253). */
export async function greeting({ host, port = 22, via, seconds = ONE_TRY }: Asked): Promise<Greeting> {
    const stream = await openStream({ host, port, via, seconds });
    if (stream === undefined) {
        return "unreachable";
    }
    return new Promise((resolve) => {
        let text = "";
        const end = (result: Greeting) => {
            clearTimeout(timer);
            stream.destroy();
            resolve(result);
        };
        const timer = setTimeout(() => end("silent"), seconds * 1000);
        stream.on("data", (chunk: Buffer) => {
            text = (text + chunk.toString("latin1")).slice(-1024);
            if (/^SSH-/m.test(text)) {
                end("greets");
            }
        });
        // closed without a greeting: sshd drops some connections when too many arrive at once
        stream.on("error", () => end("unreachable"));
        stream.on("close", () => end("unreachable"));
    });
}

/**
 * The host key that an SSH server shows, without a login.
 *
 * @param kind The type of key to ask for: a server has several keys.
 * @returns undefined if it shows none in this time
 */
export async function shownKey({ host, port = 22, via, seconds = ONE_TRY }: Asked, kind: string) {
    const stream = await openStream({ host, port, via, seconds });
    if (stream === undefined) {
        return undefined;
    }
    const kinds = [...KINDS].sort((a, b) => Number(b === kind) - Number(a === kind));
    return new Promise<string | undefined>((resolve) => {
        const client = new Client();
        let key: string | undefined;
        const end = () => {
            clearTimeout(timer);
            client.destroy();
            stream.destroy();
            resolve(key);
        };
        const timer = setTimeout(end, seconds * 1000);
        client.on("error", end);
        client.on("close", end);
        client.connect({
            sock: stream,
            username: "root",
            readyTimeout: 0,
            algorithms: { serverHostKey: kinds },
            // the plugin verifies that the server has the private half
            hostVerifier: (blob: Buffer) => {
                key = hostKeyFrom(blob);
                return false;
            },
        });
    });
}
