import { connect } from "net";

/** What a try to reach an SSH server came to; "silent" is a connection on which no greeting comes. */
export type Greeting = "greets" | "silent" | "unreachable";

/** Where an SSH server is asked, and how long it may take in seconds. */
export interface Asked {
    host: string;
    port?: number;
    seconds?: number;
}

/** Seconds: to connect and to be greeted. */
const ONE_TRY = 5;
const PAUSE = 1;

/**
 * Waits while the SSH server accepts connections and is silent on them. Every other state is the command plugin's to deal
 * with: it limits the TCP connection and how often it tries, but waits for the greeting without end, and `customTimeouts`
 * do not interrupt that (pulumi-command 1.2.1 with golang.org/x/crypto/ssh, golang/go#51926).
 *
 * @returns false if it was still silent after `within` seconds
 */
export async function speaks(asked: Asked, within: number): Promise<boolean> {
    const end = performance.now() + within * 1000;
    while ((await greeting(asked)) === "silent") {
        if (performance.now() >= end) {
            return false;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE * 1000));
    }
    return true;
}

/** One try. RFC 4253 lets a server send other lines before its greeting. */
export function greeting({ host, port = 22, seconds = ONE_TRY }: Asked): Promise<Greeting> {
    return new Promise((resolve) => {
        const socket = connect({ host, port });
        let connected = false;
        let text = "";
        const end = (result: Greeting) => {
            clearTimeout(timer);
            socket.destroy();
            resolve(result);
        };
        const timer = setTimeout(() => end(connected ? "silent" : "unreachable"), seconds * 1000);
        socket.on("connect", () => (connected = true));
        socket.on("data", (chunk: Buffer) => {
            text = (text + chunk.toString("latin1")).slice(-1024);
            if (/^SSH-/m.test(text)) {
                end("greets");
            }
        });
        // a refused connection, and one that is closed without a greeting: sshd drops some when too many come at once
        socket.on("error", () => end("unreachable"));
        socket.on("close", () => end("unreachable"));
    });
}
