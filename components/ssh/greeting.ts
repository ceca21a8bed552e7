import { Client } from "ssh2";
import { hostKeyFrom } from "./hostKeys";
import type { JumpHost } from "./sshStream";
import { openStream } from "./sshStream";

/** What a try to reach an SSH server came to; "silent" is a connection on which no greeting comes. */
export type Greeting = "greets" | "silent" | "unreachable";

/** Where an SSH server is asked, and how long it may take in seconds. */
export interface Asked {
    host: string;
    port?: number;
    via?: JumpHost;
    seconds?: number;
}

/** Seconds: to connect and to be greeted. */
const ONE_TRY = 5;
const PAUSE = 1;

/** The kinds of host keys, in the order of preference; a server shows the first one that it has. */
const KINDS = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
] as const;

/**
 * Waits while the SSH server accepts connections and is silent on them. Every other state is the command plugin's to deal
 * with: it limits the TCP connection and how often it tries, but waits for the greeting without end, and `customTimeouts`
 * do not interrupt that (pulumi-command 1.2.1 with golang.org/x/crypto/ssh, golang/go#51926).
 *
 * @returns what the last try came to; "silent" if it was still silent after `within` seconds
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

/** One try. RFC 4253 lets a server send other lines before its greeting. */
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
        // closed without a greeting: sshd drops some connections when too many come at once
        stream.on("error", () => end("unreachable"));
        stream.on("close", () => end("unreachable"));
    });
}

/**
 * The host key that an SSH server shows, without logging in there.
 *
 * @param kind Is asked for first: a server has several keys, and the wanted one of them counts.
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
            // whether the server has the private half too is the plugin's to find out
            hostVerifier: (blob: Buffer) => {
                key = hostKeyFrom(blob);
                return false;
            },
        });
    });
}
